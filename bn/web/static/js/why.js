// Why: from anybody to who a person is, and from there to what was measured; the finer parts are folded.

import { el, folded, stale } from "./dom.js";
import { pull } from "./axis.js";
import { titleOf, shareOf } from "./catalog.js";
import { chipText } from "./said.js";
import { parameterName } from "./sure.js";
import { capital, counted, direction, list, mid, of100, times } from "./words.js";
import { whoOf } from "./answer.js";
import { claimButton } from "./sources.js";

function withId(id, node) {
  node.id = id;
  return node;
}

const LOUD = 1; // conflict from which findings are said to disagree: e times less likely together
const odds = (logOdds) => 1 / (1 + Math.exp(-logOdds));

export function whySection(catalog, store) {
  const { explain, context, beliefs } = store.answers;
  if (!explain) return waitingFor(store);
  const who = whoOf(catalog, store);
  const start = odds(explain.before);
  const first = context?.key === explain.key ? context.contributions : [];
  const measured = explain.contributions.filter((one) => one.in_context !== null);
  const parts = [...first.map((one) => [one, one.log_odds]), ...measured.map((one) => [one, one.in_context])];
  const most = Math.max(0.05, ...parts.map(([, size]) => Math.abs(size)));
  const rows = [step(catalog.anybody_title ?? "Anybody", start)];
  if (first.length) rows.push(...contributions(catalog, store, first.map((one) => [one, one.log_odds]), most), step(measured.length ? `${capitalMany(who)} like that, before tests` : "With what is known", odds(explain.context)));
  if (measured.length) rows.push(...contributions(catalog, store, measured.map((one) => [one, one.in_context]), most), step(explain.contributions.length > 1 ? `${capitalMany(who)} with all ${counted(explain.contributions.length)} findings` : `${capitalMany(who)} with this finding`, explain.risk));
  return el("section", { "aria-labelledby": "why-title", ...stale(explain, beliefs) },
    el("h2", { id: "why-title" }, of100(explain.risk) === of100(start) ? `Why ${of100(explain.risk)}?` : `Why ${of100(explain.risk)} and not ${of100(start)}?`),
    el("p", { class: "plain" }, summary(catalog, store, parts, who)),
    el("table", { class: "steps" }, el("thead", { class: "spoken" }, el("tr", {}, ["Step or finding", "Size", "Direction", "Odds, or people of 100"].map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows)),
    el("p", { class: "note" }, moves(catalog, store, who)),
    withId("why-more", folded("Through what, on which claims, and all findings together", details(catalog, store, explain))));
}

const capitalMany = (who) => capital(who.many);

function waitingFor(store) {
  return el("section", {}, el("h2", {}, "Why?"), el("p", { class: "note" }, store.answers.beliefs.findings.length ? "Counting …" : ""));
}

const step = (title, risk) => el("tr", { class: "step" }, el("th", { scope: "row", colspan: 3 }, title), el("td", {}, of100(risk)));

const signedDecimal = (value) => value.toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−");

function contributions(catalog, store, parts, most) {
  return [...parts].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).map(([one, size]) => {
    const way = direction(size);
    return el("tr", { class: "of" }, el("th", { scope: "row" }, said(catalog, store, one)), el("td", { class: "bar-cell" }, pull(size, most)),
      el("td", { class: `dir ${way.css}` }, way.glyph, el("span", { class: "dir-word" }, ` ${way.word}`)), el("td", { class: "times" }, times(size)));
  });
}

/** A finding as typed: "CRP 4.1 mg/L". */
function said(catalog, store, { finding }) {
  const typed = store.find(finding);
  return typed ? capital(chipText(catalog, typed)) : titleOf(catalog, finding);
}

function summary(catalog, store, parts, who) {
  const sorted = [...parts].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  if (!sorted.length) return "";
  const top = sorted[0];
  const against = sorted.filter(([, size]) => size * top[1] < 0 && Math.abs(size) > 0.02).map(([one]) => factor(catalog, store, one));
  const way = direction(-top[1]).word.replace(/s$/, "");
  const verb = against.length === 1 ? `${way}s` : way;
  const main = factor(catalog, store, top[0]);
  return `Mostly ${main.startsWith("being") ? main : `${who.possessive} ${main}`}${against.length ? `; ${list(against.slice(0, 3))} ${verb} it` : ""}.`;
}

/** A finding within a sentence: "age", "being a woman", "being active", "sarcopenia absent". */
function factor(catalog, store, { finding }) {
  const variable = catalog.variable[finding];
  const state = variable?.states.find((one) => one.id === store.find(finding)?.text);
  if (state?.people) return `being a ${state.people.one}`;
  if (state) return variable.context ? `being ${state.title}` : `${mid(titleOf(catalog, finding))} ${state.title}`;
  return mid(titleOf(catalog, finding));
}

/** What was measured moved most, and what follows of that. */
function moves(catalog, store, who) {
  const changes = movesOf(catalog, store.answers.beliefs).slice(0, 2);
  if (!changes.length) return "";
  return `What was measured moves most: ${list(changes.map(({ title, was, now }) => `${mid(title)} from ${of100(was)} to ${of100(now)}`))} of 100.`;
}

/** Variables by how far the findings moved them from where context alone puts them. */
export function movesOf(catalog, beliefs) {
  return catalog.variables.filter((one) => one.scored && one.id !== catalog.outcome.id)
    .map((one) => ({ id: one.id, title: one.title, was: shareOf(one, beliefs.in_context[one.id]), now: shareOf(one, beliefs.beliefs[one.id]) }))
    .filter(({ was, now }) => Math.abs(now - was) > 0.01)
    .sort((a, b) => Math.abs(b.now - b.was) - Math.abs(a.now - a.was));
}

/** Findings that hardly fit each other, if there are any: the one that fits least, and how much. */
export function disagreement(catalog, store) {
  const { explain, beliefs } = store.answers;
  if (!explain || explain.key !== beliefs?.key) return null;
  const conflict = Math.max(explain.conflict ?? 0, explain.conflict_overall ?? 0);
  const worst = [...explain.surprises].sort((a, b) => b.log_ratio - a.log_ratio)[0];
  return conflict > LOUD && worst ? { conflict: signedDecimal(conflict), worst: said(catalog, store, worst) } : null;
}

function details(catalog, store, explain) {
  const table = (label, heads, rows) => el("table", { class: "compare", "aria-label": label }, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows));
  const row = (first, ...cells) => el("tr", {}, el("th", { scope: "row" }, first), cells.map((cell) => el("td", {}, cell)));
  const colored = (size) => el("span", { class: direction(size).css }, `${direction(size).glyph} ${times(size)}`);
  return [
    el("h3", {}, "All findings together"),
    table("All findings", ["Finding", "odds"], explain.contributions.map((one) => row(said(catalog, store, one), colored(one.log_odds)))),
    el("p", { class: "note" }, "Shares of the whole change, averaged over every order in which the findings could be told. A finding can pull the other way here because the others already say what it says."),
    el("h3", {}, "Through what"),
    table("Mechanisms", ["Mechanism", "before, of 100", "now", "carries"], explain.mechanisms.slice(0, 8).map((one) => row(titleOf(catalog, one.mechanism), of100(one.before), of100(one.after), colored(one.log_odds)))),
    el("h3", {}, "What it rests on"),
    table("Supports", ["Arrow or marker", "basis", "carries", "claims"], explain.supports.slice(0, 8).map((one) => row(parameterName(catalog, one.name), one.basis.join(", "), colored(one.weight), one.claims.slice(0, 6).flatMap((id) => [claimButton(id), " "])))),
    el("h3", {}, "How surprising each finding is, given the others"),
    table("Surprise", ["Finding", "chance of one as far out"], explain.surprises.map((one) => row(said(catalog, store, one), of100(one.probability) + " of 100"))),
    explain.conflict === null ? null : el("p", { class: "note" }, `Conflict of the findings made given context: ${signedDecimal(explain.conflict)}; above 0 they disagree.`),
  ];
}
