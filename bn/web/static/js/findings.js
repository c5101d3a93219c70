// The rail: context fields that always stand there, the search, a row for every other finding.

import { byId, el, icon, put } from "./dom.js";
import { contextOf, entryOf, shortOf, tidy, titleOf } from "./catalog.js";
import { canonicalUnit, chipText } from "./said.js";
import { usualTrack } from "./axis.js";
import { sent, valueOf } from "./store.js";
import { capital, number, of100, plural, unitText } from "./words.js";
import { finding } from "./link.js";
import { disagreement } from "./why.js";
import { finder } from "./finder.js";
import { weightsForm } from "./weights.js";

export function findingsView(catalog, store, openTab) {
  const fields = contextOf(catalog).map((variable) => contextField(catalog, store, variable));
  put(byId("context-fields"), fields.map((field) => field.node));
  put(byId("context-notes"), fields.map((field) => field.note));
  const search = finder(catalog, (id, value) => {
    store.say(id, value === undefined ? {} : tidy(catalog, finding(id, value)));
    focusOn(id);
  });
  put(byId("finder"), search);
  const rows = new Map();
  const drawRows = () => {
    const others = store.findings.filter(({ id }) => !fields.some((field) => field.takes(id)));
    for (const id of rows.keys()) if (!others.some((other) => other.id === id)) rows.delete(id);
    for (const other of others) if (!rows.has(other.id)) rows.set(other.id, findingRow(catalog, store, other.id));
    const list = byId("rows");
    const wanted = others.map(({ id }) => rows.get(id).node);
    if (wanted.some((node, index) => list.children[index] !== node) || list.children.length !== wanted.length) put(list, wanted);
    for (const one of [...fields, ...rows.values()]) one.draw();
    drawHead(store);
    drawChips(catalog, store);
  };
  store.on("findings", drawRows);
  // On a phone the rail folds into chips once something is known, but not under the fingers of who types.
  byId("rail-body").addEventListener("focusin", () => {
    byId("rail").classList.add("open");
    drawChips(catalog, store);
  });
  store.on("beliefs", () => {
    for (const one of [...fields, ...rows.values()]) one.draw();
    drawChips(catalog, store);
  });
  store.on("beliefs why", () => drawDisagreement(catalog, store, openTab));
  put(byId("cases"), casesPart(catalog, store));
  drawRows();
  return { focusOn };
}

/** Put the cursor into the field of a finding. */
export function focusOn(id) {
  byId("rail").classList.add("open");
  document.querySelector(`[data-finding="${CSS.escape(id)}"] input, [data-finding="${CSS.escape(id)}"] select`)?.focus();
}

/** What the server made of a finding: as read, or why it was left out. */
const parsedOf = (store, id) => store.answers.beliefs?.findings.find((one) => one.name === id);
const faultOf = (store, id) => store.answers.beliefs?.left_out.find((one) => one.name === id);

function drawHead(store) {
  const count = store.findings.filter((one) => valueOf(one) !== null).length;
  byId("rail-title").textContent = count ? "What is known" : "What do you know?";
  byId("count").textContent = count ? plural(count, "finding") : "";
  byId("rail").classList.toggle("has-findings", count > 0);
}

function drawChips(catalog, store) {
  const focused = byId("chips").contains(document.activeElement);
  const chips = store.findings.filter((one) => valueOf(one) !== null).map((one) => el("span", { class: faultOf(store, one.id) ? "pin unused" : "pin" }, chipText(catalog, one), faultOf(store, one.id) ? ": not used" : ""));
  const open = byId("rail").classList.contains("open");
  const change = el("button", { type: "button", class: "button", "aria-expanded": String(open), "aria-controls": "rail-body", onClick: () => {
    byId("rail").classList.toggle("open");
    drawChips(catalog, store);
    byId("chips").querySelector("button").focus();
  } }, open ? "Done" : "Change");
  put(byId("chips"), chips, change);
  if (focused) change.focus();
}

/** A context variable: its number or state, kept in its place whether known or not. */
function contextField(catalog, store, variable) {
  const measured = catalog.biomarkers.filter((one) => one.variable === variable.id && one.context);
  const takes = (id) => id === variable.id || entryOf(catalog, id)?.id === variable.id || measured.some((one) => one.id === id || one.id === entryOf(catalog, id)?.id);
  const current = () => store.findings.find(({ id }) => takes(id));
  const id = `field-${variable.id}`;
  const control = variable.scale ? numberInput(store, variable.scale, id, () => current()?.id ?? nameFor(variable, measured)) : stateSelect(store, variable, id);
  const note = el("p", { class: "field-note", id: `${id}-note` });
  const clear = el("button", { type: "button", class: "clear", "aria-label": `Remove ${shortOf(variable)}`, onClick: () => {
    store.forget(current().id);
    control.input.focus();
  } }, icon("close"));
  control.input.setAttribute("aria-describedby", note.id);
  const node = el("div", { class: "field", "data-finding": variable.id }, el("label", { for: id }, variable.scale ? numberTitle(catalog, variable, measured) : shortOf(variable)), control.node);
  control.node.append(clear);
  const draw = () => {
    const one = current();
    control.show(one);
    clear.hidden = !one;
    node.classList.toggle("has-value", Boolean(one && valueOf(one) !== null));
    drawNote(catalog, store, one, control, note, variable);
  };
  return { node, note, takes, draw };
}

const nameFor = (variable, measured) => (measured.length === 1 && measured[0].unit ? measured[0].id : variable.id);
const numberTitle = (catalog, variable, measured) => (measured.length === 1 ? shortOf(measured[0]) : shortOf(variable));

function numberInput(store, scale, id, name) {
  const accepted = scale.accepted;
  const input = el("input", { id, type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false", maxlength: 60, placeholder: accepted ? `${accepted[0]} to ${accepted[1]}` : "" });
  input.addEventListener("input", () => (input.value.trim() ? store.say(name(), { text: input.value, weights: null }) : store.forget(name())));
  const node = el("div", { class: "entry" }, input, el("span", { class: "unit" }, unitText(scale.unit_in_words || scale.unit)));
  return { node, input, show: (one) => showText(input, node, one) };
}

function showText(input, node, one) {
  const text = one?.weights ? "weights" : one?.text ?? "";
  if (input.value.trim() !== text.trim() || (!text && document.activeElement !== input)) input.value = text;
  node.classList.toggle("filled", Boolean(text));
}

function stateSelect(store, variable, id) {
  const options = [el("option", { value: "" }, "not known"), variable.states.map((state) => el("option", { value: state.id }, state.people?.one ?? state.title))];
  const input = el("select", { id }, options, el("option", { value: "weights", hidden: true }, "weights"));
  input.addEventListener("change", () => (input.value ? store.say(variable.id, { text: input.value, weights: null }) : store.forget(variable.id)));
  const node = el("div", { class: "entry states" }, input);
  return { node, input, show: (one) => {
    const wanted = one?.weights ? "weights" : one?.text ?? "";
    if (![...input.options].some((option) => option.value === wanted)) input.append(el("option", { value: wanted }, wanted));
    input.value = wanted;
    node.classList.toggle("filled", Boolean(one));
  } };
}

/** Whether what was typed says that nothing is known: "NA", "nan". */
function isUnknown({ answers: { beliefs }, findings }, one) {
  if (!one || valueOf(one) === null || beliefs?.key !== JSON.stringify(sent(findings))) return false;
  return !beliefs.findings.some(({ name, parts }) => name === one.id || parts.includes(one.id));
}

/** Beneath a field: what is wrong with it in the words of the command line, or how it was read. */
function drawNote(catalog, store, one, control, note, variable) {
  const fault = one && faultOf(store, one.id);
  control.node.classList.toggle("wrong", Boolean(fault));
  control.input.setAttribute("aria-invalid", fault ? "true" : "false");
  const parsed = one && parsedOf(store, one.id);
  if (fault) {
    const risk = store.answers.beliefs.risk;
    return put(note, el("span", { class: "problem" }, sentence(fault, titleOf(catalog, one.id)), el("span", { class: "after" }, ` The answer still is the one without it: ${of100(risk)}.`)));
  }
  if (parsed?.state && variable?.scale && parsed.value !== null) {
    const state = variable.states.find((each) => each.id === parsed.state);
    return put(note, state && variable.id !== one.id ? `${titleOf(catalog, one.id)}: class ${unitText(state.title)} of ${shortOf(variable).toLowerCase()}` : "");
  }
  if (!parsed && isUnknown(store, one)) return put(note, el("span", { class: "field-note" }, `Read as not known, so left out: ${one.text.trim()}.`));
  return put(note, one?.weights ? Object.entries(one.weights).map(([state, weight]) => `${state} ${weight}`).join(", ") : "");
}

/** The command line's words, with the title that the page shows in place of the name. */
function sentence({ name, message }, title) {
  const words = message.startsWith(`${name}:`) ? title + message.slice(name.length) : capital(message);
  return /[.?!)]$/.test(words) ? words : `${words}.`;
}

/** Any other finding: number with unit, state or level, and what people usually have. */
function findingRow(catalog, store, id) {
  const entry = entryOf(catalog, id);
  const field = `row-${id}`;
  const title = shortOf(entry) ?? id;
  const control = controlFor(catalog, store, entry, id, field);
  const usual = el("p", { class: "usual", id: `${field}-usual` });
  const note = el("div", { id: `${field}-note` });
  control.input.setAttribute("aria-describedby", `${field}-usual ${field}-note`);
  const node = el("li", { class: "row", "data-finding": id },
    el("div", { class: "row-line" }, el("label", { for: field, title: entry?.title !== title ? entry?.title : null }, title), control.node,
      el("button", { type: "button", class: "clear", "aria-label": `Remove ${title}`, onClick: () => {
        const next = node.nextElementSibling ?? node.previousElementSibling;
        store.forget(id);
        (next?.querySelector("input, select") ?? byId("finder").querySelector("input")).focus();
      } }, icon("close"))),
    usual, note);
  const draw = () => {
    const one = store.find(id);
    control.show(one);
    drawNote(catalog, store, one, control, note, null);
    drawUsual(catalog, usual, one && parsedOf(store, id));
    if (one?.weights) put(note, weightsForm(catalog, store, id));
  };
  return { node, draw };
}

function controlFor(catalog, store, entry, id, field) {
  const choices = entry?.states ?? entry?.levels?.map((level) => ({ id: level, title: level.replaceAll("_", " ") })) ?? (entry?.yes_no ? [{ id: "yes", title: "yes" }, { id: "no", title: "no" }] : null);
  if (choices && !entry.scale) return stateSelect(store, { id, states: choices }, field);
  const units = entry?.units ?? [];
  const unit = canonicalUnit(entry);
  const input = el("input", { id: field, type: "text", autocomplete: "off", spellcheck: "false", maxlength: 60, placeholder: entry?.accepted ? `${number(entry.accepted[0])} to ${number(entry.accepted[1])}` : "" });
  input.addEventListener("input", () => store.say(id, { text: input.value, weights: null }));
  const picker = units.length > 1
    ? el("select", { class: "unit", "aria-label": `Unit of ${shortOf(entry)}`, onChange: (event) => store.say(id, { unit: event.target.value === units[0] ? "" : event.target.value }) },
      units.map((one) => el("option", { value: one }, unitText(one))))
    : el("span", { class: "unit" }, unitText(unit));
  const node = el("div", { class: "entry" }, input, picker);
  return { node, input, show: (one) => {
    showText(input, node, one);
    if (picker.tagName === "SELECT") picker.value = one?.unit || units[0];
  } };
}

function drawUsual(catalog, node, parsed) {
  const usual = parsed?.usual;
  if (!usual) return put(node);
  const who = usualPeople(catalog, usual);
  return put(node, parsed.value === null ? null : usualTrack(parsed.value, usual),
    el("span", {}, `${Math.round(10 * usual.share)} in 10 ${who}: ${number(usual.low)} to ${number(usual.high)}${usual.unit ? ` ${unitText(usual.unit)}` : ""}`));
}

/** "women of 60 to 70 years", "adults without it". */
function usualPeople(catalog, { people, of }) {
  const known = Object.entries(people ?? {}).map(([id, value]) => ({ value, words: catalog.variable[id]?.states.find((state) => state.id === value || state.title === value)?.people }));
  const many = known.find(({ words }) => words)?.words.many ?? "adults";
  const rest = known.filter(({ words }) => !words).map(({ value }) => ` of ${value}`);
  return `${many}${rest.join(",")}${of === "absent" ? " without it" : ""}`;
}

/** What the notes say of the findings, and whether they disagree. */
function drawDisagreement(catalog, store, openTab) {
  const notes = store.answers.beliefs?.notes ?? [];
  const found = disagreement(catalog, store);
  const more = () => {
    openTab("now");
    byId("why-more").open = true;
    byId("why-more").scrollIntoView({ block: "nearest" });
  };
  put(byId("disagree"), notes.map((note) => el("p", { class: "disagree" }, note.text)),
    found ? el("p", { class: "disagree" }, el("b", {}, `${found.worst} hardly fits the rest`), ` (conflict ${found.conflict}; above 0 they disagree). All are used as given: is each right? `,
      el("button", { type: "button", class: "link", onClick: more }, "How surprising each is")) : null);
}

/** Three worked cases, folded once something is known. */
function casesPart(catalog, store) {
  const buttons = catalog.cases.map((one) => el("button", { type: "button", class: "case", onClick: () => {
    byId("rail").classList.remove("open");
    store.set("findings", { findings: Object.entries(one.findings).map(([id, value]) => tidy(catalog, finding(id, value))) });
    byId("answer").focus();
  } }, el("b", {}, one.title), el("span", {}, `${of100(one.risk)} of 100`)));
  const part = el("details", { open: !store.findings.length }, el("summary", { id: "cases-title" }, "Worked cases"), buttons);
  let known = store.findings.length > 0;
  store.on("findings", () => {
    if (known !== store.findings.length > 0) part.open = !store.findings.length;
    known = store.findings.length > 0;
  });
  return part;
}

