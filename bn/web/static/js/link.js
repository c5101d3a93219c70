// A case in the fragment of the address: what browsers never send to a server.

const OWN = ["do", "definition", "population", "v", "tab"];
const FIRST = "first.";

/** The fragment that carries the case: findings, interventions, definitions, the first of two cases, who answers. */
export function fragmentOf(store, { version = "", population_name: population = "" } = {}) {
  const parts = [];
  const add = (name, value) => parts.push(`${escaped(name)}=${escaped(value)}`);
  for (const finding of store.findings) if (textOf(finding)) add(finding.id, textOf(finding));
  if (store.acts.length) add("do", store.acts.map(({ id, dose }) => (dose === undefined || dose === 1 ? id : `${id}:${dose}`)).join(","));
  for (const finding of store.first ?? []) if (textOf(finding)) add(FIRST + finding.id, textOf(finding));
  if (store.first && !store.first.some(textOf)) add(`${FIRST}`, "");
  if (store.definitions.length) add("definition", store.definitions.join(","));
  if (version && store.tab !== "now" && parts.length) add("tab", store.tab);
  if (parts.length && population) add("population", population);
  if (parts.length && version) add("v", version);
  return parts.join("&");
}

/** What a fragment says; `twice` are names that it gives more than once, of which the first stays. */
export function read(fragment) {
  const found = { findings: [], acts: [], definitions: [], first: null, tab: "now", version: "", population: "", twice: [] };
  const seen = new Set();
  for (const part of fragment.replace(/^#/, "").split("&").filter(Boolean)) {
    const cut = part.indexOf("=");
    const [name, value] = [plain(cut < 0 ? part : part.slice(0, cut)), plain(cut < 0 ? "" : part.slice(cut + 1))];
    if (seen.has(name)) {
      found.twice.push(name);
      continue;
    }
    seen.add(name);
    if (name === "do") found.acts = several(value).map(act);
    else if (name === "definition") found.definitions = several(value);
    else if (name === "population") found.population = value;
    else if (name === "v") found.version = value;
    else if (name === "tab") found.tab = ["whatif", "two"].includes(value) ? value : "now";
    else if (name.startsWith(FIRST)) {
      found.first ??= [];
      if (name !== FIRST) found.first.push(finding(name.slice(FIRST.length), value));
    } else if (!OWN.includes(name) && value.trim()) found.findings.push(finding(name, value));
  }
  return found;
}

const several = (value) => [...new Set(value.split(",").filter(Boolean))];

/** A finding from its name and the text behind `=`. */
export function finding(id, value) {
  if (typeof value === "object" && value) return { id, text: "", unit: "", weights: value };
  const text = String(value);
  const weights = /^\{.*\}$/.test(text) ? weightsOf(text) : null;
  return { id, text: weights ? "" : text, unit: "", weights };
}

function textOf({ text, unit, weights }) {
  if (weights) return `{${Object.entries(weights).map(([state, weight]) => `${state}=${weight}`).join(",")}}`;
  const bare = text.trim();
  return unit && bare && !/[a-zµ%/]/i.test(bare) ? `${bare} ${unit}` : bare;
}

function weightsOf(text) {
  const pairs = text.slice(1, -1).split(",").map((pair) => pair.split("="));
  const weights = {};
  for (const [state, weight] of pairs) {
    if (!state?.trim() || !(Number(weight) >= 0) || state.trim() in weights) return null;
    weights[state.trim()] = Number(weight);
  }
  return weights;
}

function act(text) {
  const dosed = /^(.+):([0-9.]+)$/.exec(text);
  return dosed ? { id: dosed[1], dose: Number(dosed[2]) } : { id: text };
}

const escaped = (text) => encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");

function plain(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
