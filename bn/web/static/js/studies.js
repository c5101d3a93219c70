// The forest: what trials and studies found, and under each what the network says to it; fitted ones and checks apart.

import { el, folded, put, svg } from "./dom.js";
import { ask } from "./api.js";
import { sourceLink } from "./sources.js";
import { plural, ratio } from "./words.js";

const [WIDTH, HEIGHT, MARGIN] = [150, 30, 6];
const MOST = 60; // of more than these the ranges would take minutes
const TRIES = 5; // what was counted until a question took too long stays counted
const USES = [
  ["fit", "Fitted: sizes in the network were made to agree with these"],
  ["check", "Checks: never fitted, only held against it"],
  ["order", "Direction only: no size that can be compared"],
  ["contrary", "Findings that speak against the review"],
  ["outside", "Not asked: the network has no such treatment, marker or outcome"],
];
const VERDICTS = { inside: "within the study’s range", outside: "outside the study’s range", "right sign": "same direction", "wrong sign": "another direction", "not asked": "not asked" };
const SAID = { no_effect: "no effect", improves: "better", worsens: "worse" };

const answers = new Map(); // by question
let asking = null; // {key, controller, shown}

/** A part that shows the studies about a name (`{name}`) or some of them (`{studies}`), and asks for them itself. */
export function studiesPart(question) {
  const part = el("div", { class: "studies" });
  const key = JSON.stringify(question);
  const show = () => put(part, answers.has(key) ? forest(answers.get(key)) : el("p", { class: "note", role: "status" }, "Asking the network …"));
  show();
  if (answers.get(key)?.draws) return part;
  if (asking?.key !== key) {
    giveUpStudies();
    asking = { key, controller: new AbortController(), shown: [] };
    run(question, asking);
  }
  asking.shown.push([part, show]);
  return part;
}

/** Nobody looks any more: the server stops, too. */
export function giveUpStudies() {
  asking?.controller.abort();
  asking = null;
}

/** The answers at the point at once; those with the network's ranges follow, which takes many seconds. */
async function run(question, round) {
  const take = (answer) => {
    answers.set(round.key, answer);
    for (const [, show] of round.shown) show();
  };
  try {
    if (!answers.has(round.key)) take(await patient({ ...question, point: true }, round.controller.signal));
    const { studies } = answers.get(round.key);
    if (studies.length <= MOST && studies.some((one) => one.network !== null)) take(await patient(question, round.controller.signal));
  } catch (error) {
    if (error.name === "AbortError") return;
    for (const [part] of round.shown) part.append(el("p", { class: "problem", role: "alert" }, error.message));
  } finally {
    if (asking === round) asking = null;
  }
}

async function patient(question, signal) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await ask("/api/evidence", question, signal);
    } catch (error) {
      if (error.status !== 504 || left === 1) throw error;
    }
  }
}

function forest(answer) {
  const { studies } = answer;
  const x = scaleOf(studies);
  return [
    el("p", { class: "plain" }, summary(answer)),
    USES.map(([use, title]) => {
      const some = studies.filter((one) => one.use === use);
      if (!some.length) return null;
      const rows = table(title, some, x);
      return use === "outside" ? folded(`${title} (${some.length})`, rows) : [el("h3", {}, title), rows];
    }),
    el("p", { class: "note" }, mark("study"), "study, ", mark("net"), answer.draws ? "network, each with its 95 % range; " : studies.length > MOST ? "network, without its range, which myorisk evidence gives; " : "network, whose range is being counted; ",
      "left of the line is better, right is worse. Numbers are odds of the worse outcome, with or without what was done or seen: 0.50 halves them. ",
      "In a trial its people are found first, and then it is done to them; in other studies people are compared as found."),
  ];
}

const mark = (name) => el("span", { class: `study-mark ${name}`, "aria-hidden": "true" });

function summary({ studies, counts }) {
  const of = (name) => counts[name] ?? { right: 0, asked: 0 };
  const [fit, check] = [of("for the fit, inside"), of("checks, inside")];
  const signs = ["right sign, interval excludes zero", "right sign, no size"].map(of);
  const right = signs.reduce((sum, one) => sum + one.right, 0);
  const asked = signs.reduce((sum, one) => sum + one.asked, 0);
  const words = [`${plural(studies.length, "study", "studies")}.`];
  if (fit.asked) words.push(`Of ${fit.asked} that the network was fitted to, its answer lies within the range of ${fit.right}.`);
  if (check.asked) words.push(`Of ${plural(check.asked, "check")} never fitted, within that of ${check.right}.`);
  if (asked) words.push(`The direction is the same in ${right} of ${asked} that show one.`);
  return words.join(" ");
}

function table(title, studies, x) {
  const heads = ["Study", "better | worse", "It found", "The network", "Verdict"];
  return el("table", { class: "study-rows", "aria-label": title },
    el("thead", {}, el("tr", {}, heads.map((head, at) => el("th", { scope: "col", class: at === 1 ? "plot" : null }, head)))),
    el("tbody", {}, studies.map((one) => el("tr", {},
      el("th", { scope: "row" }, el("span", { class: "name" }, nameOf(one)), el("span", { class: "sub" }, [one.people, one.n && `n ${one.n}`, one.species === "human" ? "" : one.species].filter(Boolean).join("; "), " ", sourceLink(one)), el("span", { class: "sub" }, one.printed)),
      el("td", { class: "plot" }, plot(one, x)),
      el("td", { "data-head": heads[2] }, one.log_odds === null ? SAID[one.says] ?? one.says : odds(one.log_odds, one.low, one.high)),
      el("td", { "data-head": heads[3] }, one.network === null ? "—" : odds(one.network, one.network_low, one.network_high)),
      el("td", { class: "verdict" }, one.unasked ? one.unasked : [VERDICTS[one.verdict], one.verdict === "outside" || one.verdict === "wrong sign" ? el("span", { class: "note" }, ` ${one.why}`) : ""])))));
}

const nameOf = ({ compared, outcome, how }) => (outcome ? `${compared}${how === "doing" ? " →" : " and"} ${outcome}` : compared);

const odds = (value, low, high) => [el("b", {}, ratio(Math.exp(value))), low === null ? "" : el("span", { class: "quiet" }, ` ${ratio(Math.exp(low))}–${ratio(Math.exp(high))}`)];

/** An axis of log odds that holds all of the studies, at most a factor of 10 to either side. */
function scaleOf(studies) {
  const most = Math.log(10);
  const ends = studies.flatMap((one) => [one.low, one.high, one.log_odds, one.network, one.network_low, one.network_high]).filter((end) => end !== null);
  const far = Math.min(most, Math.max(0.5, ...ends.map(Math.abs)));
  return (value) => WIDTH / 2 + (Math.max(-far, Math.min(far, value)) / far) * (WIDTH / 2 - MARGIN);
}

/** The study above, the network below, and a line at no effect. */
function plot(one, x) {
  const line = (low, high, y, css) => (low === null ? null : svg("line", { x1: x(low), x2: x(high), y1: y, y2: y, class: css }));
  const at = (value, make) => (value === null ? null : make(x(value)));
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    ...[svg("line", { x1: x(0), x2: x(0), y1: 0, y2: HEIGHT, class: "none" }),
      line(one.low, one.high, 9, "study"), line(one.network_low, one.network_high, 21, "net"),
      at(one.log_odds, (cx) => svg("rect", { x: cx - 4, y: 5, width: 8, height: 8, class: "study" })),
      at(one.network, (cx) => svg("circle", { cx, cy: 21, r: 4, class: "net" }))].filter(Boolean));
}
