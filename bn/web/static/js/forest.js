// Arrows as a forest plot: odds ratios with intervals on a log axis; solid, half and hollow say the basis.

import { svg } from "./dom.js";

const [WIDTH, HEIGHT] = [104, 18];

/** An axis that holds all of `effects`, odds ratios from least to greatest, at most 1/20 to 20. */
export function scaleOf(effects) {
  const ends = effects.flatMap(({ low, high }) => [low, high]).map((value) => Math.log(Math.min(20, Math.max(1 / 20, value))));
  const low = Math.min(-0.3, ...ends);
  const high = Math.max(0.3, ...ends);
  return (ratio) => 4 + ((Math.min(high, Math.max(low, Math.log(ratio))) - low) / (high - low)) * (WIDTH - 8);
}

/** One line of the plot. */
export function forestRow({ odds_ratio: ratio, low, high, basis }, x) {
  const kind = ratio < 1 ? "lowers" : "raises";
  const color = `var(--${kind})`;
  const at = x(ratio);
  const mark = [svg("rect", { x: at - 4, y: 5, width: 8, height: 8, fill: "var(--card)", stroke: color, "stroke-width": 1.5 })];
  if (basis === "reported" || basis === "converted") mark.push(svg("rect", { x: at - 4, y: 5, width: 8, height: 8, fill: color }));
  else if (basis === "graded") mark.push(svg("rect", { x: at - 4, y: 5, width: 4, height: 8, fill: color }));
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    svg("line", { x1: x(1), x2: x(1), y1: 0, y2: HEIGHT, stroke: "var(--edge)", "stroke-width": 1 }),
    svg("line", { x1: x(low), x2: x(high), y1: 9, y2: 9, stroke: color, "stroke-width": 1.5 }), mark);
}
