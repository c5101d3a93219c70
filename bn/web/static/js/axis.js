// Small charts on one axis, built from boxes whose places are set as numbers.

import { el } from "./dom.js";

const placed = (node, left, width) => {
  node.style.left = `${clamp(left)}%`;
  if (width !== undefined) node.style.width = `${Math.max(0, Math.min(100 - clamp(left), width))}%`;
  return node;
};
const clamp = (percent) => Math.max(0, Math.min(100, percent));

/** An axis from 0 to `most`: `{low, high, dot, ring, edge, trials}`, each a probability; seen only, the numbers stand beside. */
export function axis({ low, high, dot, ring, edge, trials = [] }, most = 1) {
  const at = (value) => (100 * value) / most;
  const parts = [];
  if (low !== undefined) parts.push(placed(el("span", { class: "bar moves" }), at(low), at(high - low)));
  if (ring !== undefined && dot !== undefined) parts.push(placed(el("span", { class: "rule" }), at(Math.min(ring, dot)), at(Math.abs(ring - dot))));
  for (const trial of trials) parts.push(placed(el("span", { class: "diamond" }), at(trial)));
  if (edge !== undefined) parts.push(placed(el("span", { class: "edge" }), at(edge)));
  if (ring !== undefined) parts.push(placed(el("span", { class: "ring" }), at(ring)));
  if (dot !== undefined) parts.push(placed(el("span", { class: "dot moves" }), at(dot)));
  return el("div", { class: "axis", "aria-hidden": "true" }, parts);
}

/** A bar to the right of zero for what raises, to the left for what lowers; `most` fills the longer side. */
export function pull(value, most) {
  const wide = (Math.abs(value) / most) * (value < 0 ? 33 : 66);
  const bar = el("span", { class: value < 0 ? "down" : "up" });
  placed(bar, value < 0 ? 33 - wide : 33.2, wide);
  return el("div", { class: "pull", "aria-hidden": "true" }, bar);
}

/** Where a value lies among what people usually have. */
export function usualTrack(value, { low, high }) {
  const width = high - low || 1;
  const [from, to] = [low - 0.35 * width, high + 0.35 * width];
  const at = (x) => (100 * (x - from)) / (to - from);
  return el("span", { class: "track", "aria-hidden": "true" },
    placed(el("span", { class: "span" }), at(low), at(high) - at(low)),
    value === null ? null : placed(el("span", { class: "mark" }), at(value)));
}

/** Left and width in per cent for a bar of a probability. */
export const meter = (now, was) => {
  const bar = el("span", { class: "now moves" });
  bar.style.width = `${100 * now}%`;
  return el("span", { class: "meter", "aria-hidden": "true" }, bar, was === null ? null : placed(el("span", { class: "was" }), 100 * was));
};
