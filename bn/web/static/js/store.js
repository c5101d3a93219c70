// What the page knows: the case, what is asked of it, what is open. Views listen; nothing is kept beyond the page.

/** The state and those who listen to parts of it. */
export class Store extends EventTarget {
  constructor() {
    super();
    /** Findings in the order typed: `{id, text, unit, weights}`; `id` is that of the catalog or as typed. */
    this.findings = [];
    /** Interventions asked about: `{id, dose}`, dose from 0 to 1; or `{id: "variable=state"}`. */
    this.acts = [];
    this.definitions = []; // other definitions of outcomes, by id, by which the risk is told besides
    this.first = null; // the findings kept as the first of two cases
    this.tab = "now";
    this.selected = null; // {variable, parent} of the open box and arrow
    this.threshold = 50;
    this.biopsies = false;
    this.allArrows = false;
    /** The latest answers by question: beliefs, risk, definitions, explain, context, next, sensitivity, rank, laboratory, whatif, compared. */
    this.answers = {};
  }

  /** Change some fields and tell those who listen to `topic`. */
  set(topic, fields = {}) {
    Object.assign(this, fields);
    this.tell(topic);
  }

  tell(topic) {
    this.dispatchEvent(new Event(topic));
  }

  on(topics, work) {
    for (const topic of topics.split(" ")) this.addEventListener(topic, () => work());
  }

  find(id) {
    return this.findings.find((finding) => finding.id === id);
  }

  /** Put a finding in place of what was said of the same thing, or behind the others. */
  say(id, fields) {
    const old = this.find(id);
    const findings = old
      ? this.findings.map((finding) => (finding === old ? { ...old, ...fields } : finding))
      : [...this.findings, { id, text: "", unit: "", weights: null, ...fields }];
    this.set("findings", { findings });
  }

  forget(id) {
    this.set("findings", { findings: this.findings.filter((finding) => finding.id !== id) });
  }
}

/** Findings as the server takes them: those with a text or weights. */
export function sent(findings) {
  const said = {};
  for (const finding of findings) {
    const value = valueOf(finding);
    if (value !== null) said[finding.id] = value;
  }
  return said;
}

/** The value of one finding as one would write it behind `=` on the command line; null where nothing is said. */
export function valueOf({ text, unit, weights }) {
  if (weights) return weights;
  const bare = text.trim();
  if (!bare) return null;
  return unit && !/[a-zµ%/]/i.test(bare) ? `${bare} ${unit}` : bare;
}

/** Interventions as the server takes them. */
export const acts = (some) => some.map(({ id, dose }) => (dose === undefined || dose === 1 ? id : `${id}:${dose}`));
