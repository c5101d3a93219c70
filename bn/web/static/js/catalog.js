// The catalog and the library, fetched once, with look-ups by identifier.

import { ask } from "./api.js";

export async function loadCatalog() {
  const catalog = await ask("/api/catalog");
  catalog.variable = byKey(catalog.variables);
  catalog.biomarker = byKey(catalog.biomarkers);
  catalog.intervention = byKey(catalog.interventions);
  catalog.part = byKey(catalog.parts ?? []);
  const { variable, state } = catalog.risk_of;
  catalog.outcome = { id: variable, state, title: catalog.variable[variable].title };
  // Causes that nobody measured can be neither found nor set: the page names them, and draws what can.
  catalog.latent = catalog.variables.filter((one) => one.role === "latent");
  catalog.variables = catalog.variables.filter((one) => one.role !== "latent");
  catalog.arcs = catalog.arcs.filter((arc) => catalog.variable[arc.parent].role !== "latent");
  for (const one of catalog.variables) {
    one.arcs = catalog.arcs.filter((arc) => arc.child === one.id);
    one.parents = one.arcs.map((arc) => ({ id: arc.parent, size: arc.size }));
    // The states whose probability a box shows: the last of two ("present", "active"), or those of an event ("impaired or diabetes").
    const graded = one.states.length > 2 && !one.context;
    one.shown = one.states.length === 2 ? [one.states[1].id] : graded ? one.event : null;
    one.scored = one.shown !== null && !one.context;
  }
  return catalog;
}

/** Probability of what a box shows, from that of each state. */
export const shareOf = (variable, shares) => (shares ? variable.shown.reduce((sum, state) => sum + shares[state], 0) : null);

let library = null;

/** Claims and sources, asked for when they are first opened. */
export const loadLibrary = () => (library ??= ask("/api/library").catch((error) => {
  library = null;
  throw error;
}));

/** What can be known of a person, by identifier: variable, biomarker or part. */
export function entryOf(catalog, id) {
  const key = id.replace(/\s*\[.*\]\s*$/, "").toLowerCase();
  const direct = catalog.biomarker[key] ?? catalog.variable[key] ?? catalog.part[key];
  if (direct) return direct;
  const named = [...catalog.variables, ...catalog.biomarkers, ...(catalog.parts ?? [])];
  return named.find((entry) => entry.aliases?.some((alias) => alias.toLowerCase() === key)) ?? null;
}

export const titleOf = (catalog, id) => shortOf(entryOf(catalog, id)) ?? id;

export const shortOf = (entry) => (entry ? entry.short ?? entry.title : null);

/** A finding with its unit beside the number where the text holds one that can be picked: "19.5kg". */
export function tidy(catalog, one) {
  const units = entryOf(catalog, one.id)?.units ?? [];
  const [, value, unit] = /^([<>]?\s*[0-9.,]+\+?)\s*([^\s0-9.,+]\S*)$/.exec(one.text.trim()) ?? [];
  return unit && units.includes(unit) ? { ...one, text: value, unit: unit === units[0] ? "" : unit } : one;
}

/** Variables that say who a person is, in causal order. */
export const contextOf = (catalog) => catalog.variables.filter((variable) => variable.context);

/** What a person can do first, and what comes next of that which can be done beside it. */
export function bestTwo(catalog, rank) {
  const [first, ...rest] = rank.rows.filter((row) => catalog.intervention[row.intervention]?.group === "person");
  const beside = first && rest.find((row) => !catalog.intervention[first.intervention].excludes.includes(row.intervention));
  return [first, beside].filter(Boolean);
}

const byKey = (items) => Object.fromEntries(items.map((item) => [item.id, item]));
