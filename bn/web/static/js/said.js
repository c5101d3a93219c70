// A finding in a few words, as typed.

import { entryOf, titleOf } from "./catalog.js";
import { unitText } from "./words.js";

/** A finding in a few words: "CRP 4.1 mg/L", "woman". */
export function chipText(catalog, one) {
  const entry = entryOf(catalog, one.id);
  const state = entry?.states?.some((each) => each.id === one.text);
  return state && entry.context && entry.states.length === 2 ? valueText(catalog, one) : `${titleOf(catalog, one.id)}${state ? ":" : ""} ${valueText(catalog, one)}`;
}

/** What was said of it alone: "4.1 mg/L", "woman", "weights". */
export function valueText(catalog, { id, text, unit, weights }) {
  if (weights) return "weights";
  const entry = entryOf(catalog, id);
  const state = entry?.states?.find((each) => each.id === text);
  if (state) return state.people?.one ?? state.title;
  return `${text.trim()} ${/[a-z]/i.test(text) ? "" : unitText(unit || canonicalUnit(entry))}`.trim();
}

/** The unit that a number has where none is given. */
export const canonicalUnit = (entry) => (entry ? entry.unit ?? entry.scale?.unit_in_words ?? entry.scale?.unit ?? "" : "");
