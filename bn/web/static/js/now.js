// The tab "Now": why, what would change it, what to measure next; with nothing known, what this is.

import { bestTwo } from "./catalog.js";
import { byId, el, put, stale } from "./dom.js";
import { whySection } from "./why.js";
import { nextSection } from "./next.js";
import { list, mid, of100, plural } from "./words.js";
import { whoOf } from "./answer.js";

export function nowView(catalog, store, openTab) {
  const panel = byId("panel-now");
  const draw = () => {
    const { beliefs } = store.answers;
    if (!beliefs) return;
    const open = [...panel.querySelectorAll("details")].map((part) => part.open);
    const focused = document.activeElement?.id;
    put(panel, beliefs.findings.length ? [whySection(catalog, store), changeSection(catalog, store, openTab), nextSection(catalog, store)] : introduction(catalog));
    panel.querySelectorAll("details").forEach((part, index) => (part.open = open[index] ?? false));
    if (focused && panel.contains(byId(focused))) byId(focused).focus();
  };
  store.on("beliefs why next rank biopsies", draw);
}

/** One line of what a person could do, and the way to all of it. */
function changeSection(catalog, store, openTab) {
  const { rank, both, beliefs } = store.answers;
  const who = whoOf(catalog, store);
  const more = el("button", { type: "button", class: "link", onClick: () => openTab("whatif") }, "Compare all");
  const words = [];
  if (rank) {
    const own = bestTwo(catalog, rank);
    own.forEach((row, index) => {
      const had = catalog.intervention[row.intervention].had;
      words.push(index ? " " : "", had ? `Had ${who.subject} ${had}: ` : `${row.title}: `, el("b", {}, of100(row.after)), ".");
    });
    if (both && own.length > 1) words.push(" Both: ", el("b", {}, of100(both.after)), ".");
  } else words.push("Counting …");
  return el("section", { "aria-labelledby": "change-title", ...(rank ? stale(rank, beliefs) : {}) }, el("h2", { id: "change-title" }, "What would change it?"), el("p", { class: "plain" }, words, " ", more));
}

function introduction(catalog) {
  const claims = plural(catalog.counts?.claims ?? new Set(catalog.variables.flatMap((one) => one.claims).concat(catalog.arcs.flatMap((arc) => arc.claims), catalog.biomarkers.flatMap((one) => one.claims), catalog.interventions.flatMap((one) => one.claims))).size, "claim");
  const question = (title, text) => el("li", {}, el("b", {}, title), " ", text);
  const unmeasured = catalog.latent.map((one) => `, with ${mid(one.title)} as a cause that nobody measured`).join("");
  const effects = catalog.arcs.flatMap((arc) => arc.effects);
  const part = (basis) => effects.filter((one) => one.basis === basis).length;
  const bases = ["reported", "converted", "graded", "assumed"].filter(part).map((basis) => `${part(basis)} ${basis}`);
  return [
    el("section", {}, el("h2", {}, "Four questions it answers about a person"), el("ol", { class: "numbered" },
      question("How likely, and why?", "Each finding’s part, up or down."),
      question("What if?", "Training, weight loss, drugs: before and after, side by side."),
      question("What to measure next?", "The test that would settle most."),
      question("How sure?", "What is data and what is assumed."))),
    el("section", {}, el("h2", {}, "What it is"), el("p", { class: "plain" }, `A review of aging muscle, read into claims and ${catalog.variables.length} variables${unmeasured}; ${claims} stand behind its arrows, markers and interventions. Where numbers of a survey or trials exist, they size it. Each number opens to its claim and its source.`)),
    el("section", {}, el("h2", {}, "What it is not"), el("p", { class: "plain" }, `A diagnosis, a forecast, or advice to one person. Of the sizes of its ${plural(catalog.arcs.length, "arrow")}, ${list(bases)}; each says so.`)),
    el("section", {}, el("h2", {}, "If you teach"), el("p", { class: "plain" }, "Click a box in the network, set it to present, and watch the rest.")),
    el("section", {}, el("h2", {}, "If you have a table of people"), el("p", { class: "plain" }, "Drop a CSV anywhere on this page: you see what each column is read as before a row is scored.")),
  ];
}
