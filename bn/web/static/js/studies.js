// The forest: what trials and studies found, and under each what the network says to it; fitted ones and checks apart.

import { el, folded, put, svg } from "./dom.js";
import { ask } from "./api.js";
import { sourceLink } from "./sources.js";
import { plural, ratio } from "./words.js";

const [WIDTH, HEIGHT, MARGIN] = [150, 30, 6];
const MOST = 60; // of no more than these all are asked about at once, without ranges
const TOGETHER = 6; // asked about at once: all of them would take the server a minute
const RANGED = 2; // the same of ranges, a second each
const AHEAD = "120px"; // of what comes into view
const USES = [
  ["fit", "Fitted: sizes in the network were made to agree with these"],
  ["check", "Checks: never fitted, only held against it"],
  ["order", "Direction only: no size that can be compared"],
  ["contrary", "Findings that speak against the review"],
  ["outside", "Not asked: the network has no such treatment, marker or outcome"],
];
const VERDICTS = { inside: "within the study’s range", outside: "outside the study’s range", "right sign": "same direction", "wrong sign": "another direction", "not asked": "not asked" };
const SAID = { no_effect: "no effect", improves: "better", worsens: "worse" };

const listed = new Map(); // what studies found, by question
const pointed = new Map(); // with the network's answer, by study
const ranged = new Map(); // and with its range
let rounds = []; // one for each part that may still ask

/** A part that shows the studies about a name (`{name}`) or some of them (`{studies}`), and asks for them itself. */
export function studiesPart(question) {
  const part = el("div", { class: "studies" }, el("p", { class: "note", role: "status" }, "Looking up the studies …"));
  const round = new AbortController();
  rounds.push(round);
  const failed = (error) => error.name !== "AbortError" && part.append(el("p", { class: "problem", role: "alert" }, error.message));
  show(part, question, round.signal, failed).catch(failed);
  return part;
}

/** Nobody looks any more: the server stops, too. */
export function giveUpStudies() {
  for (const round of rounds) round.abort();
  rounds = [];
}

/** What studies found at once; what the network says to them follows, and its ranges of the rows in view. */
async function show(part, question, signal, failed) {
  const key = JSON.stringify(question);
  if (!listed.has(key)) listed.set(key, await ask("/api/evidence", { ...question, listed: true }, signal));
  const { studies } = listed.get(key);
  const rows = new Map(studies.map((one) => [one.id, rowOf(one)]));
  const parts = { summary: el("p", { class: "plain", role: "status" }), network: el("span", {}) };
  const draw = (counts = null) => {
    const some = studies.map((one) => ranged.get(one.id) ?? pointed.get(one.id) ?? one);
    const x = scaleOf(some);
    for (const one of some) rows.get(one.id).draw(one, x, isOpen(one));
    if (counts) parts.summary.textContent = summary(studies, counts);
    parts.network.textContent = some.some(isOpen) ? "network, as you come to it, with its range; " : "network, each with its 95 % range; ";
  };
  const answer = async (more, to) => {
    const found = await ask("/api/evidence", more, signal);
    for (const one of found.studies) to.set(one.id, one);
    draw(more.studies === question.studies ? found.counts : null);
  };
  parts.summary.textContent = `${plural(studies.length, "study", "studies")}.`;
  draw();
  put(part, forest(studies, rows, parts));
  if (studies.length <= MOST) await answer({ ...question, point: true }, pointed);
  const wanted = new Set();
  let busy = false;
  const count = async () => {
    if (busy) return;
    busy = true;
    for (let some; (some = [...wanted].filter((id) => isOpen(pointed.get(id)) && !ranged.has(id)).slice(0, TOGETHER)).length;) {
      const unknown = some.filter((id) => !pointed.has(id));
      if (unknown.length) await answer({ studies: unknown, point: true }, pointed);
      const left = some.filter((id) => isOpen(pointed.get(id))).slice(0, RANGED);
      if (left.length) await answer({ studies: left }, ranged);
    }
    busy = false;
  };
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) wanted[isIntersecting ? "add" : "delete"](target.dataset.study);
    count().catch((error) => {
      watch.disconnect();
      failed(error);
    });
  }, { rootMargin: AHEAD });
  for (const { id, use } of studies) if (use !== "outside" && !ranged.has(id)) watch.observe(rows.get(id).node);
  signal.addEventListener("abort", () => watch.disconnect());
}

/** Whether there is more to ask of the network about a study, as far as it was answered. */
const isOpen = (one) => !one || (one.use !== "outside" && (!pointed.has(one.id) || (one.network !== null && one.network_low === null)));

function forest(studies, rows, parts) {
  return [
    parts.summary,
    USES.map(([use, title]) => {
      const some = studies.filter((one) => one.use === use);
      if (!some.length) return null;
      const lines = table(title, some.map((one) => rows.get(one.id).node));
      return use === "outside" ? folded(`${title} (${some.length})`, lines) : [el("h3", {}, title), lines];
    }),
    el("p", { class: "note" }, mark("study"), "study, ", mark("net"), parts.network,
      "left of the line is better, right is worse. Numbers are odds of the worse outcome, with or without what was done or seen: 0.50 halves them. ",
      "In a trial its people are found first, and then it is done to them; in other studies people are compared as found."),
  ];
}

const mark = (name) => el("span", { class: `study-mark ${name}`, "aria-hidden": "true" });

function summary(studies, counts) {
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

const HEADS = ["Study", "better | worse", "It found", "The network", "Verdict"];

function table(title, lines) {
  return el("table", { class: "study-rows", "aria-label": title },
    el("thead", {}, el("tr", {}, HEADS.map((head, at) => el("th", { scope: "col", class: at === 1 ? "plot" : null }, head)))),
    el("tbody", {}, lines));
}

/** The line of a study; `draw` puts in what the network says to it. */
function rowOf(one) {
  const picture = el("td", { class: "plot" });
  const network = el("td", { "data-head": HEADS[3] });
  const verdict = el("td", { class: "verdict" });
  const node = el("tr", { "data-study": one.id },
    el("th", { scope: "row" }, el("span", { class: "name" }, nameOf(one)), el("span", { class: "sub" }, [one.people, one.n && `n ${one.n}`, one.species === "human" ? "" : one.species].filter(Boolean).join("; "), " ", sourceLink(one)), el("span", { class: "sub" }, one.printed)),
    picture, el("td", { "data-head": HEADS[2] }, one.log_odds === null ? SAID[one.says] ?? one.says : odds(one.log_odds, one.low, one.high)), network, verdict);
  const draw = (now, x, more) => {
    const waits = more && now.network === null;
    node.dataset.range = more ? "none" : "there";
    put(picture, plot(now, x));
    put(network, waits ? "…" : now.network === null ? "—" : odds(now.network, now.network_low, now.network_high));
    put(verdict, waits ? "" : now.unasked || [VERDICTS[now.verdict], now.verdict === "outside" || now.verdict === "wrong sign" ? el("span", { class: "note" }, ` ${now.why}`) : ""]);
  };
  return { node, draw };
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
