// Other definitions of an outcome: the choice, in a dialog, and beneath the answer what the risk is by each.

import { el } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { sourceButtons } from "./sources.js";
import { capital, mid, of100, range } from "./words.js";

/** A definition by its id or an alias; null where none is called that. */
export const definitionOf = (catalog, said) => catalog.definitions.find((one) => one.id === said || one.aliases.includes(said)) ?? null;

/** By what the answer is, the answers by other definitions that were chosen, and the way to choose. */
export function definitionLines(catalog, store) {
  const { beliefs, definitions } = store.answers;
  const title = catalog.outcome.title;
  return el("div", { class: "by" }, store.definitions.map((id) => {
    const found = definitions?.key === beliefs.key ? definitions.found[id] : null;
    return el("p", { class: "plain" }, found ? line(catalog, store, id, found) : `By ${id}: counting …`);
  }), catalog.definitions.length ? el("p", { class: "note" }, `${title}: ${mid(catalog.variable[catalog.outcome.id].definition.split(". ")[0].replace(/\.$/, ""))}. `,
    definitionButton(catalog, store, "by-definition")) : null);
}

/** The way to choose other definitions. */
export function definitionButton(catalog, store, id) {
  const title = store.definitions.length ? "Other definitions" : "By another definition";
  return el("button", { type: "button", class: "link", id, "aria-haspopup": "dialog", onClick: () => definitionDialog(catalog, store) }, title);
}

/** In the words of the command line: what it is the probability of, the way to it, and the network's own answer. */
function line(catalog, store, id, found) {
  const forget = () => store.set("definitions", { definitions: store.definitions.filter((name) => name !== id) });
  if (found.problem) return [`By ${id}: `, el("span", { class: "problem" }, `${found.problem}. `), el("button", { type: "button", class: "link", onClick: forget }, "Leave it out")];
  const { probability, interval, own, way } = found;
  return [el("span", {}, `By ${found.id}: ${eventOf(catalog, found)} `, el("b", { id: `by-${found.id}` }, of100(probability)), ` of 100${interval ? `, range ${range(...interval)}` : ""}. `),
    el("span", { class: "note" }, `${found.title}. ${capital(way)}. By the network’s own definition ${of100(own)}.`)];
}

/** What it is the probability of, with states where these are not what the title stands for. */
function eventOf(catalog, { variable, event }) {
  const { title, event: own } = catalog.variable[variable];
  const meant = variable === catalog.outcome.id ? [catalog.outcome.state] : own;
  return event.join() === meant.join() ? title.toLowerCase() : `${title.toLowerCase()} (${event.join(" or ").replaceAll("_", " ")})`;
}

function definitionDialog(catalog, store) {
  const outcomes = [...new Set([catalog.outcome.id, ...catalog.definitions.map((one) => one.variable)])];
  openDialog("By another definition",
    el("p", {}, "The risk is also told by each that is ticked. All else on the page stays by the network’s own. What differs between definitions is how common they are by age and sex, so say both."),
    outcomes.map((variable) => {
      const { title, definition } = catalog.variable[variable];
      return [el("h3", {}, title), el("p", { class: "plain" }, `The network’s own: ${definition}`),
        catalog.definitions.filter((one) => one.variable === variable).map((one) => choice(catalog, store, one))];
    }));
}

function choice(catalog, store, one) {
  const shares = one.shares.map(({ share }) => share);
  const sources = [...new Set(one.criteria.map(({ source }) => source).filter(Boolean))];
  const assumed = one.criteria.some(({ basis }) => basis === "assumed");
  const id = `definition-${one.id}`;
  const tick = (event) => {
    const others = store.definitions.filter((name) => name !== one.id);
    store.set("definitions", { definitions: event.target.checked ? [...others, one.id] : others });
  };
  return el("div", { class: "definition" }, el("input", { type: "checkbox", id, checked: store.definitions.includes(one.id), onChange: tick }),
    el("div", {}, el("label", { for: id }, one.title), el("p", { class: "note" }, `${[one.id, ...one.aliases].join(" = ")}; ${range(Math.min(...shares), Math.max(...shares))} of 100 by age and sex. `,
      sources.length ? ["Cuts from ", sourceButtons(null, sources), ". "] : "", assumed ? "The cut is assumed." : "")));
}
