// Ten times ten people: a probability as natural frequency.

import { svg } from "./dom.js";

const [ACROSS, DOWN] = [13, 14.7];

/** Of 100 people so many have it; those within the range are paler below the estimate and ringed above it. */
export function peopleOf(probability, interval, label) {
  const count = Math.round(100 * probability);
  const [low, high] = (interval ?? [probability, probability]).map((end) => Math.round(100 * end));
  return array(label, (index) => {
    if (index < Math.min(low, count)) return "has";
    if (index < count) return "maybe-in";
    return index < high ? "maybe-out" : "none";
  });
}

/** Before and after something is done: who has it still, who no longer, who has it anew. */
export function peopleAfter(before, after, label) {
  const [was, now] = [before, after].map((p) => Math.round(100 * p));
  return array(label, (index) => {
    if (index < Math.min(was, now)) return "has";
    if (index < was) return "spared";
    return index < now ? "added" : "none";
  });
}

function array(label, kindOf) {
  const people = Array.from({ length: 100 }, (_, index) => svg("use", {
    href: "#i-person", class: kindOf(index), width: 9, height: 12.6,
    x: 2 + (index % 10) * ACROSS, y: 1 + Math.floor(index / 10) * DOWN,
  }));
  return svg("svg", { class: "people", viewBox: "0 0 132 148", role: "img", "aria-label": label }, people);
}

/** One figure for a key. */
export const figure = (kind) => svg("svg", { viewBox: "0 0 10 14", class: "people-figure", "aria-hidden": "true" }, svg("use", { href: "#i-person", class: kind, width: 10, height: 14 }));
