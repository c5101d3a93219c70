// What to measure next: where the answer would end, on one axis.

import { el, folded, stale } from "./dom.js";
import { axis } from "./axis.js";
import { shortOf } from "./catalog.js";
import { mid, range } from "./words.js";
import { whoOf } from "./answer.js";

const OUTCOME_TESTS = 2;
const OTHER_TESTS = 3;
const LEAST = 0.001; // bits from which a test has a line of its own

export function nextSection(catalog, store) {
  const { next, beliefs } = store.answers;
  const choice = el("label", { class: "choice quiet" }, el("input", { type: "checkbox", checked: !store.biopsies, id: "no-biopsies", onChange: (event) => store.set("biopsies", { biopsies: !event.target.checked }) }), "no biopsies");
  const head = el("div", { class: "head-line" }, el("h2", { id: "next-title" }, "What to measure next?"), el("span", { class: "next-choices" }, choice, thresholdField(store)));
  if (!next) return el("section", { "aria-labelledby": "next-title" }, head, el("p", { class: "note" }, "Counting …"));
  const biopsy = (test) => catalog.biomarker[test.id]?.biopsy ?? test.tissue.includes("biopsy");
  const tests = next.tests.filter((test) => store.biopsies || !biopsy(test));
  const first = deciding(tests)[0];
  const told = [...tests.filter((test) => test.measures_outcome).slice(0, OUTCOME_TESTS), ...tests.filter((test) => !test.measures_outcome).slice(0, OTHER_TESTS)];
  const shown = !first || told.includes(first) ? told : [...told, first];
  const rest = tests.filter((test) => !shown.includes(test));
  const [telling, silent] = [rest.filter((test) => test.bits >= LEAST), rest.filter((test) => test.bits < LEAST)];
  return el("section", { "aria-labelledby": "next-title", ...stale(next, beliefs) }, head,
    el("p", { class: "plain" }, summary(catalog, store, next, tests)),
    shown.length ? testTable(catalog, store, next, shown) : el("p", { class: "note" }, "No test is left that would tell anything."),
    rest.length ? folded(`${rest.length} more, by what they tell`, telling.length ? testTable(catalog, store, next, telling, true) : null,
      el("p", { class: "note" }, "Bits: how much of the doubt a test is expected to take; 1 settles a coin’s toss.",
        silent.length ? ` ${silent.length === 1 ? "One tells" : `${silent.length} tell`} less than ${LEAST} each: ${silent.map((test) => testTitle(catalog, test)).join(", ")}.` : "")) : null);
}

function thresholdField(store) {
  const input = el("input", { type: "number", min: 1, max: 99, step: 1, value: store.threshold, id: "threshold", onChange: (event) => {
    const value = Math.round(Number(event.target.value));
    if (value >= 1 && value <= 99) store.set("threshold", { threshold: value });
    else event.target.value = store.threshold;
  } });
  return el("span", { class: "quiet" }, el("label", { for: "threshold" }, "act from "), input, " of 100");
}

/** Tests that could well carry the answer across the threshold, the likeliest first. */
const deciding = (tests) => tests.filter((test) => test.crossing !== null && test.crossing >= 0.095).sort((a, b) => b.crossing - a.crossing);

function summary(catalog, store, next, tests) {
  const who = whoOf(catalog, store);
  const crossing = deciding(tests);
  const side = next.risk >= store.threshold / 100 ? "below" : "above";
  if (!crossing.length) return `No test would often carry the answer across ${store.threshold}; those below would move it most.`;
  const [best] = crossing;
  const tenths = Math.round(10 * best.crossing);
  return `${crossing.length === 1 ? "Only" : "Most of all,"} ${mid(testTitle(catalog, best))} could decide it: ${tenths} in 10 such ${who.many} would end ${side} ${store.threshold}.`;
}

const testTitle = (catalog, test) => {
  const entry = catalog.biomarker[test.id] ?? catalog.variable[test.id];
  return (test.tissue === "asked" ? entry?.title : shortOf(entry)) ?? test.title;
};

function testTable(catalog, store, next, tests, withBits = false) {
  return el("table", { class: "tests" },
    el("thead", { class: withBits ? "quiet" : "spoken" }, el("tr", {}, el("th", { scope: "col" }, "Test"), el("th", { scope: "col" }, withBits ? "0 to 100, line: act" : "Chart"), withBits ? el("th", { scope: "col", class: "num" }, "bits") : null, el("th", { scope: "col", class: "num" }, "in 9 of 10 cases"))),
    el("tbody", {}, tests.map((test) => el("tr", {},
      el("th", { scope: "row" }, test.tissue === "asked" ? `Ask: ${mid(testTitle(catalog, test))}` : testTitle(catalog, test), withBits && test.tissue !== "asked" ? el("span", { class: "tissue" }, ` ${test.tissue}`) : null),
      el("td", {}, axis({ low: test.low, high: test.high, dot: next.risk, edge: store.threshold / 100 })),
      withBits ? el("td", { class: "num" }, test.bits.toFixed(3)) : null,
      el("td", { class: "num" }, range(test.low, test.high))))));
}

