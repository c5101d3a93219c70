// Two cases side by side: two arrays of people, what differs marked.

import { byId, el, put } from "./dom.js";
import { peopleOf } from "./people.js";
import { shortOf, tidy, titleOf, shareOf } from "./catalog.js";
import { valueText } from "./said.js";
import { finding } from "./link.js";
import { intervalOf } from "./answer.js";
import { valueOf } from "./store.js";
import { change100, direction, mid, of100, range } from "./words.js";

export function twoView(catalog, store) {
  const panel = byId("panel-two");
  const draw = () => {
    if (!store.answers.beliefs || store.tab !== "two") return;
    const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
    put(panel, store.first ? compared(catalog, store) : start(catalog, store));
    if (focused) (byId(focused) ?? byId("tab-two")).focus();
  };
  store.on("beliefs risk first compared tab findings", draw);
}

const keep = (store, findings) => store.set("first", { first: findings.map((one) => ({ ...one })) });

function start(catalog, store) {
  const known = store.findings.some((one) => valueOf(one) !== null);
  const button = (id, title, findings) => el("button", { type: "button", class: "button", id: `two-${id}`, onClick: () => keep(store, findings) }, title);
  return el("section", {}, el("h2", {}, "Two cases side by side"),
    el("p", { class: "plain" }, "Keep one case as the first; the case at the left is the second. Change it, and see what differs."),
    el("p", { class: "set-it" }, known ? button("copy", "Keep this case as the first", store.findings) : null, button("anybody", "Compare with anybody", []),
      catalog.cases.map((one) => button(one.id, `Compare with: ${one.title}`, Object.entries(one.findings).map(([id, value]) => tidy(catalog, finding(id, value)))))));
}

function compared(catalog, store) {
  const { beliefs, compared: first } = store.answers;
  if (!first) return el("p", { class: "note" }, "Counting …");
  const second = { beliefs, risk: { interval: intervalOf(store) } };
  const outcome = mid(catalog.outcome.title);
  const picture = (title, { beliefs: { risk }, risk: { interval } }) => el("figure", {}, el("figcaption", {}, title), peopleOf(risk, interval, `${title}: ${of100(risk)} of 100`),
    el("p", { class: "plain" }, el("b", {}, of100(risk)), ` of 100 have ${outcome}`, interval ? `, range ${range(...interval)}` : ""));
  return [
    el("section", {}, el("h2", {}, "Two cases side by side"),
      el("div", { class: "two" }, picture("First, kept", first), picture("Second, at the left", second)),
      el("p", { class: "set-it" },
        el("button", { type: "button", class: "button", id: "two-swap", onClick: () => {
          const { findings } = store;
          store.findings = store.first;
          keep(store, findings);
          store.tell("findings");
        } }, "Swap them"),
        el("button", { type: "button", class: "button", id: "two-stop", onClick: () => store.set("first", { first: null }) }, "Stop comparing"))),
    el("section", {}, el("h2", {}, "What is known"), findingsTable(catalog, store)),
    el("section", {}, el("h2", {}, "What follows"), beliefsTable(catalog, first.beliefs, beliefs)),
  ];
}

const heads = (...titles) => el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title))));

function findingsTable(catalog, store) {
  const ids = [...new Set([...store.first, ...store.findings].filter((one) => valueOf(one) !== null).map(({ id }) => id))];
  if (!ids.length) return el("p", { class: "note" }, "Nothing in either.");
  const text = (one) => (one && valueOf(one) !== null ? valueText(catalog, one) : "not known");
  return el("table", { class: "compare" }, heads("Finding", "First", "Second"), el("tbody", {}, ids.map((id) => {
    const [a, b] = [store.first, store.findings].map((some) => text(some.find((one) => one.id === id)));
    return el("tr", { class: a === b ? null : "differs" }, el("th", { scope: "row" }, titleOf(catalog, id), a === b ? "" : el("span", { class: "spoken" }, " differs")), el("td", {}, a), el("td", {}, b));
  })));
}

function beliefsTable(catalog, first, second) {
  const rows = catalog.variables.filter((one) => one.scored).map((one) => {
    const [a, b] = [first, second].map((beliefs) => shareOf(one, beliefs.beliefs[one.id]));
    return { one, a, b, by: b - a };
  }).sort((x, y) => Math.abs(y.by) - Math.abs(x.by));
  return el("table", { class: "compare" }, heads("Of 100 have", "First", "Second", "Differs by"), el("tbody", {}, rows.map(({ one, a, b, by }) =>
    el("tr", {}, el("th", { scope: "row" }, shortOf(one)), el("td", {}, of100(a)), el("td", {}, of100(b)), el("td", { class: Math.abs(by) < 0.0005 ? "quiet" : direction(by).css }, Math.abs(by) < 0.0005 ? "same" : `${direction(by).glyph} ${change100(by)}`)))));
}
