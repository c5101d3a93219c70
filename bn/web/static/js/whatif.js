// What if: tick interventions, turn doses, combine; each by itself ranked, the ticked ones together on top.

import { byId, el, folded, put, stale } from "./dom.js";
import { axis } from "./axis.js";
import { whoOf } from "./answer.js";
import { openDialog } from "./dialogs.js";
import { loadLibrary } from "./catalog.js";
import { claimList, sourceButtons } from "./sources.js";
import { studiesPart } from "./studies.js";
import { change100, direction, list, mid, of100, plural, range, signed100, times } from "./words.js";

const SMALL = 0.04;
const DOSES = 4; // steps of a quarter

export function whatIfView(catalog, store, asker) {
  const panel = byId("panel-whatif");
  const draw = () => {
    const { beliefs, rank } = store.answers;
    if (!beliefs || store.tab !== "whatif") return;
    const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
    const open = new Map([...panel.querySelectorAll("details")].map((part) => [part.id, part.open]));
    const current = rank ?? { key: beliefs.key, rows: notYet(catalog) };
    const who = whoOf(catalog, store);
    const title = who.known ? `What would it be, had ${who.subject} …` : "What would it be, had people …";
    put(panel,
      el("section", { "aria-labelledby": "wi-title" },
        el("div", { class: "head-line" }, el("h2", { id: "wi-title" }, title), store.acts.length ? el("button", { type: "button", class: "link", id: "wi-none", onClick: () => store.set("acts", { acts: [] }) }, "Untick all") : null),
        el("p", { class: "plain wi-hint" }, "Tick to combine. Ring: now, dot: after, bar: range, diamond: as trials found it in others."),
        problem(store),
        el("div", rank ? stale(rank, beliefs) : { "aria-busy": "true" }, table(current, open))),
      assumption(catalog, store, who));
    if (focused) byId(focused)?.focus();
  };

  function table(rank, open) {
    const rows = new Map([...rank.rows, ...(labRows(store) ?? [])].map((row) => [row.intervention, row]));
    const most = Math.max(...[...rows.values()].flatMap((row) => (row.after === undefined ? [0.5] : [row.before, row.after + 0.02]))) * 1.12;
    const end = Math.min(1, Math.ceil(most * 10) / 10);
    const group = (name) => rank.rows.filter((row) => catalog.intervention[row.intervention]?.group === name).sort((a, b) => a.difference - b.difference);
    const big = (row) => Math.abs(row.difference) >= SMALL || ticked(row.intervention);
    const prescription = group("prescription");
    const [shown, rest] = [prescription.filter((row, index) => big(row) || index < 1), prescription.filter((row, index) => !big(row) && index >= 1)];
    const own = group("person");
    return el("div", { class: "wi" },
      el("div", { class: "wi-head" }, el("span", {}), el("span", {}, "Intervention"), el("span", { class: "ends" }, el("span", {}, "0"), el("span", {}, "of 100"), el("span", {}, String(Math.round(100 * end)))), el("span", {}, "After"), el("span", { class: "change-cell" }, "Change, range")),
      pinned(end),
      own.length ? el("h3", { class: "wi-group" }, "A person can do") : null, own.map((row) => line(row, end)),
      shown.length ? el("h3", { class: "wi-group" }, "On prescription") : null, shown.map((row) => line(row, end)),
      rest.length ? fold("wi-rest", open, `${plural(rest.length, "other drug or measure", "other drugs or measures")}${rest[0].after === undefined ? "" : `: each less than ${Math.ceil(100 * Math.max(...rest.map((row) => Math.abs(row.difference))))}`}`, rest.map((row) => line(row, end))) : null,
      labFold(open, end));
  }

  function fold(id, open, title, rows) {
    return el("details", { id, open: open.get(id) ?? false }, el("summary", {}, title), rows);
  }

  function labFold(open, end) {
    const rows = labRows(store);
    const chosen = store.acts.some(({ id }) => catalog.intervention[id]?.group === "laboratory");
    const part = fold("wi-lab", open.has("wi-lab") ? open : new Map([["wi-lab", chosen]]), "Laboratory interventions: knock-outs, infusions, cells", rows ? rows.map((row) => line(row, end)) : el("p", { class: "note" }, "Counting …"));
    part.addEventListener("toggle", () => {
      if (part.open && !labRows(store)) asker.askLaboratory();
    });
    return part;
  }

  const ticked = (id) => store.acts.find((one) => one.id === id);

  /** All that is ticked, together. */
  function pinned(end) {
    const { whatif } = store.answers;
    if (!store.acts.length || !whatif?.variables) return null;
    const names = store.acts.map(({ id }) => mid(catalog.intervention[id]?.title ?? id.replace("=", " ")));
    const title = store.acts.length === 1 ? "Ticked" : store.acts.length === 2 ? "Both ticked" : `All ${store.acts.length} ticked`;
    return el("div", { class: "wi-row pinned", id: "wi-pinned" }, el("span", {}), el("div", {}, el("div", { class: "name" }, title), el("div", { class: "sub" }, list(names))), ...figures({ ...whatif, low: whatif.interval[0], high: whatif.interval[1] }, end));
  }

  function line(row, end) {
    const one = catalog.intervention[row.intervention];
    const act = ticked(row.intervention);
    const id = `do-${row.intervention}`;
    const box = el("input", { type: "checkbox", id, checked: Boolean(act), onChange: (event) => tick(row.intervention, event.target.checked) });
    return el("div", { class: "wi-row" }, box,
      el("div", {}, el("label", { for: id }, row.title), el("div", { class: "sub" }, behind(one), row.notes ? ` ${row.notes}` : ""), act && one?.dosed ? doseField(act) : null), ...figures(row, end, one && row.before !== undefined ? asTrials(one, row.before) : []));
  }

  /** Where the odds of this person would end, were the change what trials found in people of their own. */
  const asTrials = ({ trials = [] }, before) => trials.map((one) => 1 / (1 + ((1 - before) / before) * Math.exp(-one.log_odds)));

  function figures(row, end, trials = []) {
    if (row.after === undefined) return [el("div", { class: "sub" }, "counting …")];
    const way = direction(row.difference);
    return [
      el("div", {}, axis({ ...(row.low === null ? {} : { low: Math.max(0, row.before + row.low), high: row.before + row.high }), ring: row.before, dot: row.after, trials }, end)),
      el("div", { class: "after" }, of100(row.after)),
      el("div", { class: "change-cell" }, el("div", { class: `change ${way.css}` }, `${way.glyph} ${change100(row.difference)}`), el("div", { class: "sub" }, row.low === null ? "range …" : `${signed100(row.low)} to ${signed100(row.high)}`)),
    ];
  }

  function tick(id, on) {
    const acts = on ? [...store.acts, { id }] : store.acts.filter((one) => one.id !== id);
    store.set("acts", { acts });
  }

  function doseField(act) {
    const id = `dose-${act.id}`;
    const words = (dose) => (dose === 1 ? "full dose" : `${Math.round(100 * dose)} % of the dose`);
    const told = el("span", {}, words(act.dose ?? 1));
    return el("div", { class: "dose" }, el("label", { for: id }, "Dose"), el("input", { type: "range", id, min: 1, max: DOSES, step: 1, value: Math.round(DOSES * (act.dose ?? 1)), "aria-valuetext": words(act.dose ?? 1),
      onInput: (event) => (told.textContent = words(Number(event.target.value) / DOSES)),
      onChange: (event) => store.set("acts", { acts: store.acts.map((one) => (one.id === act.id ? { ...one, dose: Number(event.target.value) / DOSES } : one)) }) }), told);
  }

  /** What stands behind an intervention, one click away. */
  function behind(one) {
    if (!one) return "";
    const [claims, sources, studies] = [one.claims.length && plural(one.claims.length, "claim"), one.sources.length && plural(one.sources.length, "source"), one.studied && plural(one.studied, "study", "studies")];
    const words = (claims && studies ? [claims, studies] : [claims, sources, studies]).filter(Boolean).join(", ") || "no claim, no source"; // two fit a line
    return el("button", { type: "button", class: "link", "aria-haspopup": "dialog", "aria-label": `${one.title}: ${words}`, onClick: () => interventionDialog(catalog, one) }, words);
  }

  store.on("beliefs rank whatif acts tab", draw);
}

/** Rows to tick before the numbers are there. */
const notYet = (catalog) => catalog.interventions.filter((one) => one.group !== "laboratory").map((one) => ({ intervention: one.id, title: one.title, difference: one.group === "person" ? -1 : 0 }));

const labRows = ({ answers: { laboratory, beliefs } }) => (laboratory && beliefs && laboratory.key === beliefs.key ? laboratory.rows : null);

function problem(store) {
  const fault = store.acts.length ? store.answers.whatif?.problem : null;
  return fault ? el("p", { class: "problem", role: "alert" }, fault.message) : null;
}

async function interventionDialog(catalog, one) {
  const library = await loadLibrary().catch(() => null);
  const reasons = one.acts.filter((act) => act.basis || act.why || act.source);
  openDialog(one.title,
    one.note ? el("p", {}, one.note) : null,
    el("h3", {}, "What it does in the network"),
    el("ul", {}, one.acts.map((act) => el("li", {}, el("b", {}, catalog.variable[act.variable]?.title ?? act.variable), ` ${doneTo(act)}`))),
    reasons.length ? folded("Where these sizes come from", el("ul", {}, reasons.map((act) => el("li", {}, el("b", {}, catalog.variable[act.variable]?.title ?? act.variable), ` ${[act.basis, act.why].filter(Boolean).join(": ")} `, act.source ? sourceButtons(library, [act.source]) : "")))) : null,
    one.studied ? [el("h3", {}, "What trials found, and the network"), studiesPart({ name: one.id })] : null,
    el("h3", {}, "Sources"), one.sources.length ? el("p", {}, sourceButtons(library, one.sources)) : el("p", {}, "None."),
    el("h3", {}, "Claims of the review"), one.claims.length ? claimList(library, one.claims) : el("p", {}, "No claim of the review is behind it."));
}

const doneTo = ({ set, shift }) => (set ? `set to ${String(set).replaceAll("_", " ")}` : typeof shift === "number" ? `odds ${times(shift)}` : "");

function assumption(catalog, store, who) {
  const { whatif } = store.answers;
  const bounds = whatif?.bounds_after;
  const her = who.object === "them" ? "this person" : who.object;
  return el("section", { "aria-labelledby": "assumes-title" }, el("h2", { id: "assumes-title" }, "What this assumes"),
    el("p", { class: "assumes" }, `This compares one ${who.one} in two lives. It takes all we cannot see in ${her} to be the same in both, which no data on single people can show`,
      bounds && store.acts.length ? ["; without that, the ", of100(whatif.after), " could be anything from ", el("b", {}, range(...bounds)), "."] : "."),
    el("p", { class: "note" }, "Years, not weeks: all that follows has had time to follow. Where the effect of an intervention comes from a survey, people there differ in more than that."));
}
