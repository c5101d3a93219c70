// One box of the network: set it, what acts on it and what it acts on, each arrow open to its claims and sources.

import { byId, el, folded, put } from "./dom.js";
import { loadLibrary, shortOf, shareOf } from "./catalog.js";
import { forestRow, scaleOf } from "./forest.js";
import { claimList, sourceButtons, studiesButton } from "./sources.js";
import { focusOn } from "./findings.js";
import { shareIn, whatIfOf } from "./network.js";
import { valueOf } from "./store.js";
import { weightsForm } from "./weights.js";
import { mid, of100, plural, range, ratio, unitText } from "./words.js";
import { whoOf } from "./answer.js";

export function inspectorView(catalog, store, network) {
  const panel = byId("inspector");
  let library = null;
  const close = () => {
    const name = store.selected?.variable;
    store.set("selected", { selected: null });
    if (name) network.focus(name);
  };
  const draw = () => {
    const { selected } = store;
    panel.hidden = !selected;
    byId("tabs").hidden = Boolean(selected);
    for (const tab of ["now", "whatif", "two"]) byId(`panel-${tab}`).hidden = Boolean(selected) || store.tab !== tab;
    if (!selected || !store.answers.beliefs) return;
    const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
    put(panel, content(catalog, store, library, close));
    if (focused) byId(focused)?.focus();
  };
  store.on("selected beliefs risk whatif acts tab", draw);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && store.selected && !byId("dialog").open && !["INPUT", "SELECT"].includes(event.target.tagName)) close();
  });
  return {
    open: async (variable, parent = null) => {
      store.set("selected", { selected: { variable, parent } });
      byId("inspect-title")?.focus();
      library ??= await loadLibrary().catch(() => null);
      draw();
    },
  };
}

function content(catalog, store, library, close) {
  const variable = catalog.variable[store.selected.variable];
  const above = catalog.arcs.filter((arc) => arc.child === variable.id);
  const below = catalog.arcs.filter((arc) => arc.parent === variable.id);
  const x = scaleOf([...above, ...below].flatMap((arc) => arc.effects));
  const markers = catalog.biomarkers.filter((one) => one.variable === variable.id);
  return [
    el("section", {},
      el("div", { class: "head-line" }, el("h2", { class: "title", id: "inspect-title", tabindex: -1 }, variable.title), el("button", { type: "button", class: "button", id: "inspect-close", onClick: close }, "Close ", el("span", { class: "quiet" }, "Esc"))),
      variable.definition ? el("p", { class: "plain" }, variable.definition) : null,
      el("p", { class: "plain" }, beliefLine(catalog, store, variable)),
      setIt(catalog, store, variable)),
    above.length ? el("section", { "aria-labelledby": "above-title" }, el("h2", { id: "above-title" }, "What acts on it"), forest(catalog, store, library, above, x, "parent")) : null,
    below.length ? el("section", { "aria-labelledby": "below-title" }, el("h2", { id: "below-title" }, "What it acts on"), forest(catalog, store, library, below, x, "child")) : null,
    el("section", {},
      variable.studied ? el("p", { class: "plain alone" }, studiesButton(variable.studied, variable.title, { name: variable.id })) : null,
      markers.length ? folded(`Measured by ${markers.slice(0, 4).map(shortOf).join(", ")}${markers.length > 4 ? ` and ${markers.length - 4} more` : ""}`, el("ul", {}, markers.map((one) => markerLine(catalog, store, one)))) : null,
      variable.note ? folded("Note", el("p", { class: "plain" }, variable.note)) : null,
      variable.claims?.length ? folded(plural(variable.claims.length, "claim"), claimList(library, variable.claims)) : null,
      el("p", { class: "note" }, "Odds ratios given all else that acts on the same box, with what nine in ten draws hold. ", key("reported"), key("graded"), key("assumed"))),
  ];
}

const key = (basis) => el("span", { class: "basis-word" }, el("span", { class: `swatch ${basis}`, "aria-hidden": "true" }), basis, " ");

function beliefLine(catalog, store, variable) {
  const { beliefs, risk } = store.answers;
  const shares = beliefs.beliefs[variable.id];
  const who = whoOf(catalog, store);
  const whatif = whatIfOf(store);
  if (variable.scored) {
    const row = risk?.key === beliefs.key ? risk.posterior.find((one) => one.variable === variable.id && variable.shown.length === 1 && one.state === variable.shown[0]) : null;
    const before = shareOf(variable, beliefs.in_context[variable.id]);
    const now = shareOf(variable, shares);
    return [el("b", {}, `${of100(now)} of 100 ${who.known ? `${who.many} like this` : who.many} have it`), row ? ` (${range(row.low, row.high)})` : "", Math.abs(before - now) > 0.005 && who.known ? `; ${of100(before)} before what was measured.` : ".", whatif ? ` After what is ticked: ${of100(shareIn(whatif, variable)[0])}.` : ""];
  }
  const [likely, chance] = Object.entries(shares).reduce((best, one) => (one[1] > best[1] ? one : best));
  const title = variable.states.find((state) => state.id === likely).title;
  return [el("b", {}, `Most likely ${unitText(title)}`), `: ${of100(chance)} of 100.`];
}

/** As inferred, a state, or weights; scaled variables have their field in the rail. */
function setIt(catalog, store, variable) {
  const one = store.find(variable.id);
  const text = one?.weights ? "weights" : one?.text.trim() ?? "";
  const button = (id, title, pressed, work) => el("button", { type: "button", id: `set-${id}`, "aria-pressed": String(pressed), onClick: work }, title);
  if (variable.scale) return el("p", { class: "set-it" }, el("b", {}, "Set it:"), el("button", { type: "button", class: "button", onClick: () => focusOn(variable.id) }, "Type a value"));
  const states = variable.states.map((state) => button(state.id, state.title.slice(0, 1).toUpperCase() + state.title.slice(1), text === state.id, () => store.say(variable.id, { text: state.id, weights: null })));
  const even = Object.fromEntries(variable.states.map((state) => [state.id, 1]));
  return [
    el("div", { class: "set-it", role: "group", "aria-label": `Set ${variable.title}` }, el("b", {}, "Set it:"), el("div", { class: "segments" },
      button("inferred", "As inferred", !one || valueOf(one) === null, () => store.forget(variable.id)), states,
      button("weights", "Weights…", text === "weights", () => store.say(variable.id, { text: "", weights: one?.weights ?? even })))),
    one?.weights ? weightsForm(catalog, store, variable.id) : null,
  ];
}

function markerLine(catalog, store, marker) {
  return el("li", { class: "plain" }, el("button", { type: "button", class: "link", onClick: () => {
    if (!store.find(marker.id)) store.say(marker.id, {});
    focusOn(marker.id);
  } }, marker.title), ` ${[marker.tissue, marker.unit ? unitText(marker.unit) : ""].filter(Boolean).join(", ")} `, studiesButton(marker.studied, marker.title, { name: marker.id }) ?? "");
}

/** Arrows by size; one open at a time shows claims, trials and basis. */
function forest(catalog, store, library, arcs, x, end) {
  const sorted = [...arcs].sort((a, b) => Math.abs(b.size) - Math.abs(a.size));
  const rows = sorted.flatMap((arc) => arcRows(catalog, store, library, arc, x, end));
  return el("table", { class: "forest" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, end === "parent" ? "Arrow from" : "Arrow to"), el("th", { scope: "col", class: "plot" }, "odds ratio"), el("th", { scope: "col" }, "90 % range"), el("th", { scope: "col", class: "basis-cell" }, "basis · claims"))),
    el("tbody", {}, rows));
}

function arcRows(catalog, store, library, arc, x, end) {
  const other = catalog.variable[arc[end]];
  const open = store.selected.parent === arc[end];
  const toggle = () => store.set("selected", { selected: { ...store.selected, parent: open ? null : arc[end] } });
  const rows = arc.effects.map((effect, index) => el("tr", { class: open ? "opened" : null },
    el("td", {}, index ? el("span", { class: "quiet" }, effectName(effect)) : [el("button", { type: "button", class: "link", id: `arc-${arc.parent}-${arc.child}`, "aria-expanded": String(open), onClick: toggle }, shortOf(other)), el("span", { class: "quiet" }, effectName(effect) ? ` ${effectName(effect)}` : "")]),
    el("td", { class: "plot" }, forestRow(effect, x)),
    el("td", {}, el("b", {}, ratio(effect.odds_ratio)), el("span", { class: "quiet" }, ` ${ratio(effect.low)}–${ratio(effect.high)}`)),
    el("td", { class: "basis-cell quiet" }, `${effect.basis}${index ? "" : ` · ${arc.claims.length}`}`)));
  if (open) rows.push(el("tr", { class: "detail" }, el("td", { colspan: 4 }, arcDetail(catalog, library, arc))));
  return rows;
}

function effectName({ label, per, unit }) {
  const from = label ? label.replaceAll("-", " to ").replaceAll("_", " ") : "";
  return [from, per ? `per ${per} ${unitText(unit)}`.trim() : ""].filter(Boolean).join(", ");
}

/** What asserts an arrow, its size, its basis, and what trials say of it. */
function arcDetail(catalog, library, arc) {
  const names = `${shortOf(catalog.variable[arc.parent])} → ${mid(shortOf(catalog.variable[arc.child]))}`;
  return [
    el("h3", {}, names),
    arc.claims.length ? claimList(library, arc.claims) : el("p", { class: "note" }, "No claim of the review asserts it."),
    arc.note ? el("p", {}, arc.note) : null,
    arc.mentions?.length ? el("p", {}, el("b", {}, "Sources named: "), sourceButtons(library, arc.mentions)) : null,
    arc.studies.length ? el("p", { class: "alone" }, studiesButton(arc.studies.length, names, { studies: arc.studies })) : null,
    arc.effects.map((effect) => el("p", { class: "note" }, effectName(effect) ? `${effectName(effect)}: ` : "", `${effect.basis}${effect.grade ? `, grade ${effect.grade.replaceAll("_", " ")}` : ""}`, effect.source ? [", ", sourceButtons(library, [effect.source]), effect.locator ? ` ${effect.locator}` : ""] : "", effect.why ? `: ${effect.why}` : "", effect.prior ? `. Before the data: ${ratio(effect.prior)}.` : "")),
  ];
}
