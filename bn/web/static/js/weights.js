// Weights of states: how likely each seems to one who knows something, but not for sure.

import { el } from "./dom.js";
import { entryOf } from "./catalog.js";

/** One number a state; what is typed is said at once. */
export function weightsForm(catalog, store, id) {
  const states = entryOf(catalog, id)?.states ?? [];
  const weights = store.find(id)?.weights ?? {};
  const inputs = states.map((state) => {
    const key = `weight-${id}-${state.id}`;
    const input = el("input", { id: key, type: "number", min: 0, step: "any", value: weights[state.id] ?? 0 });
    return { state: state.id, input, parts: [el("label", { for: key }, state.title), input] };
  });
  const say = () => {
    const said = Object.fromEntries(inputs.map(({ state, input }) => [state, Math.max(0, Number(input.value) || 0)]));
    if (Object.values(said).some((weight) => weight > 0)) store.say(id, { weights: said, text: "" });
  };
  for (const { input } of inputs) input.addEventListener("change", say);
  return el("div", { class: "weights", role: "group", "aria-label": "Weights" }, inputs.map(({ parts }) => parts));
}
