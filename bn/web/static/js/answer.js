// The answer: one sentence, a hundred people, and beside it how sure.

import { byId, el, put } from "./dom.js";
import { figure, peopleAfter, peopleOf } from "./people.js";
import { axis } from "./axis.js";
import { doubtBlock } from "./sure.js";
import { capital, change100, list, mid, of100, peopleWords, plural, range } from "./words.js";
import { loadLibrary } from "./catalog.js";
import { definitionLines } from "./definitions.js";

export function answerView(catalog, store) {
  let library = null;
  const draw = () => {
    const { beliefs } = store.answers;
    if (!beliefs) return;
    const body = byId("answer-body");
    const whatif = store.tab === "whatif" && store.acts.length ? store.answers.whatif : null;
    const parts = whatif?.after !== undefined ? afterParts(catalog, store, whatif) : nowParts(catalog, store, library);
    body.className = `answer-body ${whatif?.after !== undefined ? "whatif" : beliefs.findings.length ? "person" : "anybody"}`;
    put(body, parts);
  };
  store.on("beliefs risk by definitions sure whatif tab acts", draw);
  loadLibrary().then((found) => {
    library = found;
    draw();
  }, () => {});
}

/** Whose answer it is: "women with these findings", "adults in the US". */
export function whoOf(catalog, store) {
  const { beliefs } = store.answers;
  const words = peopleWords(catalog, beliefs.findings);
  const known = beliefs.findings.length;
  const fitted = catalog.population?.split(/[,;]/)[0] || "people"; // "US adults of 20 and over, not pregnant; ..."
  const population = catalog.speaks_for ? "people" : fitted;
  return { ...words, known, many: words.known ? words.many : known ? "people" : population,
    full: known ? `${words.many} with ${known === 1 ? "this finding" : "these findings"}` : population };
}

/** The interval that belongs to the beliefs on the page, or null while it is being counted. */
export const intervalOf = ({ answers: { beliefs, risk } }) => (risk && beliefs && risk.key === beliefs.key ? risk.interval : null);

function nowParts(catalog, store, library) {
  const { beliefs } = store.answers;
  const interval = intervalOf(store);
  const who = whoOf(catalog, store);
  const outcome = mid(catalog.outcome.title);
  const about = of100(beliefs.risk);
  const sentence = el("h1", { id: "sentence", class: "sentence" }, `Of 100 ${who.full}, about `, el("b", { id: "risk" }, about), ` have ${outcome} now.`);
  const label = `${about} of 100 have ${outcome}${interval ? `, range ${range(...interval)}` : ""}`;
  return [
    el("figure", {}, peopleOf(beliefs.risk, interval, label), el("figcaption", { class: "people-key" },
      el("span", {}, figure("has"), "has it"), interval ? el("span", {}, figure("maybe-in"), figure("maybe-out"), `range ${range(...interval)}`) : null, el("span", {}, figure("none"), "has not"))),
    el("div", { class: "answer-words" }, sentence, el("p", { class: "under", id: "under" }, underText(store, who, about, interval)), speaksFor(catalog), definitionLines(catalog, store)),
    beliefs.findings.length ? doubtBlock(catalog, store, library) : differences(catalog, about),
  ];
}

/** Whom the answers are about, where these are other people than the network was fitted to. */
export const speaksFor = (catalog) => (catalog.speaks_for ? el("p", { class: "plain speaks-for" }, el("b", {}, `Answers are ${catalog.speaks_for}.`)) : null);

function underText(store, who, about, interval) {
  const { beliefs } = store.answers;
  const left = beliefs.left_out.length;
  if (!who.known) return `Nothing is known of the person yet${left ? ", or nothing that could be read" : ""}. Say one thing, such as an age, and the ${about} changes at once.`;
  const between = interval ? `The model’s range is ${range(...interval)}. ` : "The model’s range is being counted. ";
  const without = left ? `This is the answer of ${plural(beliefs.findings.length, "valid finding")}; ${left} could not be read. ` : "";
  const measured = store.answers.risk?.outcomes_measured?.length;
  const verb = who.subject === "they" ? "this person" : who.subject;
  return [without, between, "It cannot say whether ", el("em", {}, verb), ` is one of the ${about}${measured ? "" : `; ${sampleOf(store)} could`}.`];
}

/** The test that would tell most, if it measures the outcome itself. */
function sampleOf(store) {
  const best = store.answers.next?.tests[0];
  return best?.measures_outcome && best.tissue.includes("fasting") ? "a fasting sample" : "a measurement of the outcome itself";
}

/** With nothing known: how far people differ, by the worked cases. */
function differences(catalog, about) {
  const rows = [...catalog.cases.map(({ title, risk }) => ({ title, risk })), { title: catalog.anybody_title ?? "Anybody", risk: catalog.anybody.risk, interval: catalog.anybody.interval, here: true }];
  rows.sort((a, b) => a.risk - b.risk);
  return el("div", { class: "differ" }, el("p", { class: "quiet" }, "Of 100, how far people differ"), rows.map(({ title, risk, interval, here }) =>
    el("div", { class: "differ-row" }, el(here ? "b" : "span", {}, title), axis({ dot: risk, low: interval?.[0], high: interval?.[1] }), el(here ? "b" : "span", { class: "num" }, here ? about : of100(risk)))));
}

function afterParts(catalog, store, whatif) {
  const who = whoOf(catalog, store);
  const [before, after] = [of100(whatif.before), of100(whatif.after)];
  const less = whatif.difference < 0;
  const [near, far] = whatif.interval.map((end) => change100(end)).sort((a, b) => parseFloat(a) - parseFloat(b));
  const sameSide = whatif.interval[0] * whatif.interval[1] >= 0;
  const word = less ? "fewer" : "more";
  const between = sameSide ? `the model’s range is ${near} to ${far} ${word}` : `the model’s range is from ${change100(whatif.interval[0])} fewer to ${change100(whatif.interval[1])} more`;
  return [
    el("div", { class: "pair" },
      el("figure", {}, el("figcaption", {}, `Now: ${before}`), peopleOf(whatif.before, intervalOf(store), `Now ${before} of 100`)),
      el("span", { "aria-hidden": "true" }, "→"),
      el("figure", {}, el("figcaption", {}, `After: ${after}`), peopleAfter(whatif.before, whatif.after, `After ${after} of 100`))),
    el("div", { class: "answer-words" },
      el("h1", { id: "sentence", class: "sentence" }, `${opening(catalog, store, who)}, about `, el("b", { id: "risk" }, after), ` would have it${before === after ? ", as now" : `, not ${before}`}.`),
      el("p", { class: "under", id: "under" }, `${capital(change100(whatif.difference))} ${word}; ${between}.`), speaksFor(catalog),
      el("p", { class: "people-key" }, el("span", {}, figure("has"), "has it"), less ? el("span", {}, figure("spared"), "no longer") : el("span", {}, figure("added"), "in addition"), el("span", {}, figure("none"), "has not"))),
  ];
}

/** "Had those 100 women long trained and weighed a tenth less". */
function opening(catalog, store, who) {
  const known = store.acts.map(({ id }) => catalog.intervention[id]);
  if (known.every((one) => one?.had)) return `Had those 100 ${who.many} ${list(known.map((one) => one.had))}`;
  const names = store.acts.map(({ id }, index) => (known[index] ? mid(known[index].title) : id.replaceAll("_", " ").replace("=", " ")));
  return `With ${list(names)}, of those 100 ${who.many}`;
}
