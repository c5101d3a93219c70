// How sure: beside the answer in three lines, and whole in a dialog.

import { el, stale } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { titleOf } from "./catalog.js";
import { sourceButtons } from "./sources.js";
import { change100, direction, mid, of100, range, ratio, share, unitText } from "./words.js";

const BASES = ["reported", "graded", "assumed"];
const [SHORT, LONG] = [60, 90]; // letters of a title

/** What the interval is made of, and what another choice would have answered. */
export function doubtBlock(catalog, store, library) {
  const { beliefs, risk, sensitivity } = store.answers;
  const about = of100(beliefs.risk);
  const interval = risk?.key === beliefs.key ? risk.interval : null;
  const sure = sensitivity ?? null;
  return el("section", { class: "doubt", "aria-label": "How sure" },
    el("h2", {}, `How sure is the ${about}?`),
    el("p", {}, el("b", {}, interval ? `${range(...interval)}, if the arrows are right.` : "The range is being counted."), sure && sure.key === beliefs.key ? ` ${share(assumed(sure))} of that width is assumption:` : ""),
    el("div", sure ? stale(sure, beliefs) : {}, sure ? basisBar(sure) : el("p", { class: "note" }, "What it rests on is being counted."),
    sure ? el("p", {}, ...otherwise(catalog, sure, library), " ", el("button", { type: "button", class: "link", "aria-haspopup": "dialog", onClick: () => sureDialog(catalog, sure, library) }, "All")) : null));
}

function parts(sure) {
  const sum = BASES.reduce((all, basis) => all + Math.max(0, sure.bases[basis] ?? 0), 0) || 1;
  return BASES.map((basis) => [basis, Math.max(0, sure.bases[basis] ?? 0) / sum]);
}
const signedShare = (part) => `${Math.round(100 * part)} %`.replace("-", "−");
const assumed = (sure) => parts(sure)[2][1];

/** Solid, half, hollow: reported, graded, assumed. */
function basisBar(sure) {
  const some = parts(sure);
  const bar = el("div", { class: "basis", "aria-hidden": "true" }, some.map(([basis, part]) => {
    const span = el("span", { class: basis });
    span.style.flexGrow = String(part);
    return span;
  }));
  return [bar, el("p", { class: "basis-key" }, some.map(([basis, part]) => el("span", {}, el("span", { class: `swatch ${basis}`, "aria-hidden": "true" }), basis, el("span", { class: "spoken" }, ` ${Math.round(100 * part)} per cent`))))];
}

/** "Without the US survey it would be 42; with signaling weaker or stronger, 59 or 60." */
function otherwise(catalog, sure, library) {
  const words = [];
  const [most] = [...sure.sources].sort((a, b) => Math.abs(b.risk - sure.risk) - Math.abs(a.risk - sure.risk));
  if (most) words.push("Without ", sourceName(library, most.id) ?? sourceButtons(library, [most.id]), " it would be ", el("b", {}, of100(most.risk)), ".");
  const others = sure.settings.filter((one) => one.id !== "main");
  others.forEach((one, index) => words.push(index ? "; " : " Were it fitted so that ", `${mid(one.title)}, `, el("b", {}, of100(one.risk))));
  if (others.length) words.push(".");
  return words;
}

/** A source by a title that is short enough for a sentence; null where it has none. */
function sourceName(library, id) {
  const title = library?.sources[id]?.title?.split(",")[0]; // "NHANES 2007-2012, computed"
  return title && title.length <= SHORT ? title : null;
}

/** The same for a table: the title, cut where it is long, and the way to the source. */
function sourceLine(library, id) {
  const title = library?.sources[id]?.title ?? "";
  return [title.length > LONG ? `${title.slice(0, LONG)} … ` : `${title} `, sourceButtons(library, [id])];
}

function sureDialog(catalog, sure, library) {
  const about = of100(sure.risk);
  const moved = (risk) => {
    const by = risk - sure.risk;
    if (Math.abs(by) < 0.0005) return "as it is";
    const way = direction(by);
    return el("span", { class: way.css }, `${way.glyph} ${change100(by)}`);
  };
  const table = (heads, rows) => el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": heads[0] }, el("table", { class: "compare" }, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows)));
  const row = (first, ...cells) => el("tr", {}, el("th", { scope: "row" }, first), cells.map((cell) => el("td", {}, cell)));
  openDialog(`How sure is the ${about}?`,
    el("p", {}, `Nine in ten draws of the parameters end at ${range(...sure.interval)} of 100, given the arrows and assumptions of this network. It is not how far people differ.`),
    el("h3", {}, "What the width is made of"),
    el("p", {}, `${BASES.map((basis) => `${basis} ${signedShare(sure.bases[basis] ?? 0)}`).join(", ")}; ${signedShare(sure.remainder)} is no sum of such parts.`),
    el("h3", {}, "Each finding left out"),
    table(["Without", "of 100", "moves by"], sure.findings.map((one) => row(titleOf(catalog, one.name), of100(one.risk), moved(one.risk)))),
    el("h3", {}, "Each source, if it were wrong"),
    table(["Without", "of 100", "moves by"], sure.sources.slice(0, 8).map((one) => row(sourceLine(library, one.id), of100(one.risk), moved(one.risk)))),
    el("h3", {}, "Fitted with another setting"),
    table(["Setting", "of 100", "range"], sure.settings.map((one) => row(one.title, of100(one.risk), range(one.low, one.high)))),
    el("h3", {}, "Each parameter alone, at the ends of its draws"),
    table(["Parameter", "basis", "odds ratio", "of 100"], sure.parameters.slice(0, 14).map((one) => row(parameterName(catalog, one.name), one.basis, `${ratio(Math.exp(one.low))} to ${ratio(Math.exp(one.high))}`, range(one.risk_low, one.risk_high)))),
    el("p", { class: "note" }, "Parameters that trade against each other swing wider alone than together, which is what the range holds."));
}

/** What an arrow, or any parameter, and a marker are called: "Inflammation → impaired insulin signaling", "CRP". */
export function parameterName(catalog, name) {
  if (!name.includes("|")) return titleOf(catalog, name);
  const [child, rest] = name.split("|");
  const [parent, label] = (rest ?? "").split(":");
  const title = titleOf(catalog, child);
  if (parent === "intercept") return `${title}, its level${label ? ` (${label.replaceAll("_", " ")})` : ""}`;
  const unit = catalog.variable[parent]?.scale?.unit_in_words ?? "";
  return `${titleOf(catalog, parent)}${label ? ` ${label.replaceAll("-", " to ")} ${unitText(unit)}`.trimEnd() : ""} → ${mid(title)}`;
}
