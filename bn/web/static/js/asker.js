// Ask what the page shows, the quick answers first; whatever a later keystroke makes stale is aborted.

import { ask, pause } from "./api.js";
import { acts, sent } from "./store.js";
import { bestTwo, contextOf, entryOf } from "./catalog.js";

const TYPED = 20; // ms between keystrokes that are answered together
const QUIET = 150; // ms without a line that says "waiting"
const TOO_LONG = 504;
const SETTLED = 200; // ms without a keystroke before the longer questions are asked

/** Keeps `store.answers` those of its case; tells "beliefs", "risk", "by", "why", "next", "sure", "rank", "whatif", "asked". */
export class Asker {
  constructor(catalog, store, failed) {
    Object.assign(this, { catalog, store, failed });
    this.rounds = { case: null, whatif: null, definitions: null, next: null, laboratory: null, first: null };
    this.busy = new Set();
    store.on("findings", () => this.askCase());
    store.on("acts", () => this.askWhatIf());
    store.on("definitions", () => this.run("definitions", (signal) => this.byDefinition(signal)));
    store.on("threshold", () => this.askNext());
    store.on("first", () => this.askFirst());
  }

  askCase() {
    const findings = sent(this.store.findings);
    const body = { findings, partial: true };
    for (const name of ["whatif", "definitions", "next", "laboratory"]) this.rounds[name]?.abort();
    const key = JSON.stringify(findings);
    this.run("case", async (signal) => {
      await pause(TYPED, signal);
      const beliefs = await ask("/api/beliefs", body, signal);
      this.take("beliefs", { ...beliefs, key });
      this.take("risk", { ...(await ask("/api/risk", body, signal)), key });
      await each([
        () => this.byDefinition(signal),
        () => this.whatIf(signal),
        () => this.store.tab === "whatif" && this.rankAtPoint(body, key, signal),
        () => pause(SETTLED, signal),
        () => this.store.tab === "whatif" && this.rank(body, key, signal),
        () => this.why(beliefs, body, key, signal),
        async () => this.take("next", { ...(await ask("/api/next-test", { ...body, threshold: this.store.threshold / 100 }, signal)), key }),
        () => this.ranked(key) || this.rank(body, key, signal),
        async () => this.take("sure", { ...(await ask("/api/sensitivity", body, signal)), key }, "sensitivity"),
      ]);
    });
  }

  /** The risk by each other definition that is chosen, or why it cannot be told by that. */
  async byDefinition(signal) {
    const findings = sent(this.store.findings);
    const key = JSON.stringify(findings);
    const { definitions: old } = this.store.answers;
    const found = old?.key === key ? { ...old.found } : {};
    for (const id of this.store.definitions.filter((name) => !found[name])) {
      found[id] = await ask("/api/risk", { findings, partial: true, definition: [id] }, signal)
        .then((risk) => risk.definitions[0], (error) => ({ problem: unlessRefused(error).message }));
    }
    this.take("by", { key, found }, "definitions");
  }

  /** Why: all findings, and what says who a person is alone. */
  async why(beliefs, body, key, signal) {
    if (!beliefs.findings.length) return this.take("why", null, "explain");
    const context = this.contextFindings(beliefs, body.findings);
    const [all, base] = await Promise.all([
      ask("/api/explain", body, signal),
      Object.keys(context).length ? ask("/api/explain", { findings: context, partial: true }, signal) : null,
    ]);
    this.store.answers.context = base && { ...base, key };
    return this.take("why", { ...all, key }, "explain");
  }

  /** Interventions that a person can take, each by itself, without ranges, which take ten times as long. */
  async rankAtPoint(body, key, signal) {
    const some = this.offered();
    if (some.length) this.take("rank", { ...(await ask("/api/rank", { ...body, do: some, point: true }, signal)), key });
  }

  offered() {
    const groups = ["person", "prescription"];
    return this.catalog.interventions.filter((one) => groups.includes(one.group)).map((one) => one.id);
  }

  /** The same with ranges; and the best two of what one can do oneself, together. */
  async rank(body, key, signal) {
    const some = this.offered();
    if (!some.length) return;
    if (this.store.answers.rank?.key !== key) await this.rankAtPoint(body, key, signal);
    const rank = await ask("/api/rank", { ...body, do: some }, signal);
    const both = bestTwo(this.catalog, rank).filter((row) => row.difference < -0.02).map((row) => row.intervention);
    this.store.answers.both = both.length > 1 ? await ask("/api/what-if", { ...body, do: both }, signal).catch(unlessRefused) : null;
    this.take("rank", { ...rank, key });
  }

  /** Whether the ranking of this case is there, with ranges. */
  ranked(key) {
    const { rank } = this.store.answers;
    return rank?.key === key && rank.rows.every((row) => row.low !== null);
  }

  contextFindings(beliefs, findings) {
    const ids = new Set(beliefs.findings.filter((one) => one.context).map((one) => one.name));
    for (const variable of contextOf(this.catalog)) ids.add(variable.id);
    return Object.fromEntries(Object.entries(findings).filter(([name]) => ids.has(name) || entryOf(this.catalog, name)?.context));
  }

  askWhatIf() {
    this.run("whatif", (signal) => this.whatIf(signal));
  }

  async whatIf(signal) {
    const some = this.store.acts;
    if (!some.length) return this.take("whatif", null);
    const findings = sent(this.store.findings);
    try {
      const answer = await ask("/api/what-if", { findings, partial: true, do: acts(some) }, signal);
      this.take("whatif", { ...answer, key: JSON.stringify(findings) });
    } catch (error) {
      this.take("whatif", { problem: unlessRefused(error) });
    }
  }

  askLaboratory() {
    this.run("laboratory", async (signal) => {
      const some = this.catalog.interventions.filter((one) => !["person", "prescription"].includes(one.group)).map((one) => one.id);
      const findings = sent(this.store.findings);
      const rank = await ask("/api/rank", { findings, partial: true, do: some }, signal);
      this.take("rank", { ...rank, key: JSON.stringify(findings) }, "laboratory");
    });
  }

  askNext() {
    this.run("next", async (signal) => {
      const findings = sent(this.store.findings);
      const body = { findings, partial: true, threshold: this.store.threshold / 100 };
      this.take("next", { ...(await ask("/api/next-test", body, signal)), key: JSON.stringify(findings) });
    });
  }

  askFirst() {
    if (!this.store.first) return this.take("compared", null);
    return this.run("first", async (signal) => {
      const body = { findings: sent(this.store.first), partial: true };
      const beliefs = await ask("/api/beliefs", body, signal);
      this.take("compared", { beliefs, risk: await ask("/api/risk", body, signal) });
    });
  }

  take(topic, answer, name = topic) {
    this.store.answers[name] = answer;
    this.store.tell(topic);
  }

  /** Run one chain of questions under `name` in place of the one before. */
  async run(name, chain) {
    this.rounds[name]?.abort();
    const round = new AbortController();
    this.rounds[name] = round;
    this.mark(name, true);
    try {
      await chain(round.signal);
    } catch (error) {
      if (error.name !== "AbortError") this.failed(error);
    } finally {
      if (this.rounds[name] === round) this.mark(name, false);
    }
  }

  mark(name, busy) {
    this.busy[busy ? "add" : "delete"](name);
    document.body.dataset.asking = this.busy.size ? "yes" : "no";
    clearTimeout(this.timer);
    if (this.busy.size) this.timer = setTimeout(() => this.store.tell("waiting"), QUIET);
    else this.store.tell("asked");
  }
}

/** One question after another; one that took too long is told of once the others have been asked. */
async function each(questions) {
  let late = null;
  for (const question of questions) {
    try {
      await question();
    } catch (error) {
      if (error.status !== TOO_LONG) throw error;
      late = error;
    }
  }
  if (late) throw late;
}

/** A refusal as a value; anything else goes on. */
function unlessRefused(error) {
  if (error.name === "AbortError" || error.status === undefined || error.status === TOO_LONG) throw error;
  return error;
}
