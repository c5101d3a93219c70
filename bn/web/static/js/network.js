// The network: real buttons on a fixed grid, beliefs in them, arrows beneath; one tab stop, arrow keys inside.

import { byId, el, put, svg } from "./dom.js";
import { grid, places } from "./layout.js";
import { BOX, ending, path, routes } from "./routes.js";
import { meter } from "./axis.js";
import { shortOf, titleOf, shareOf } from "./catalog.js";
import { valueText } from "./said.js";
import { valueOf } from "./store.js";
import { change100, mid, of100, peopleWords, plural, unitText } from "./words.js";

const AT_REST = 12;
const TELLING = 0.03;
const GROUPS = { who: "Who a person is", mechanisms: "In aging muscle", signaling: "Insulin signaling", outcomes: "Outcomes" };

export function networkView(catalog, store, inspect) {
  const rows = grid(catalog.variables);
  const at = places(rows);
  const body = byId("net-body");
  const arrows = svg("svg", { class: "net-arrows", "aria-hidden": "true" });
  const nodes = new Map();
  const parts = [arrows];
  rows.forEach(({ group, names }, row) => {
    if (group) parts.push(groupLabel(group, row));
    for (const name of names) if (name) parts.push(nodeButton(name).node);
  });
  const key = el("div", { class: "net-key inside" });
  put(body, parts, key);
  body.style.height = `${rows.length * BOX.down - (BOX.down - BOX.height) + 22}px`;
  key.style.top = `${(rows.length - 1) * BOX.down + 8}px`;
  byId("net-body").addEventListener("keydown", walk);

  function groupLabel(group, row) {
    const label = el("p", { class: "net-group", id: `group-${group}` }, el("span", {}, GROUPS[group]));
    label.style.top = `${row * BOX.down - 19}px`;
    return label;
  }

  function nodeButton(name) {
    const variable = catalog.variable[name];
    const node = el("button", { type: "button", class: `node ${variable.role}`, id: `node-${name}`, "aria-pressed": "false", tabindex: nodes.size ? -1 : 0, onClick: () => inspect(name), onFocus: () => moveStop(name) });
    node.style.left = `${at[name].column * BOX.across}px`;
    node.style.top = `${at[name].row * BOX.down}px`;
    nodes.set(name, node);
    return { node };
  }

  /** The one box that the Tab key reaches. */
  function moveStop(name) {
    for (const [other, node] of nodes) node.tabIndex = other === name ? 0 : -1;
  }

  function walk(event) {
    const here = [...nodes].find(([, node]) => node === document.activeElement)?.[0];
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!here || !step) return;
    event.preventDefault();
    const { row, column } = at[here];
    const ahead = [...nodes.keys()].map((name) => {
      const [down, across] = [at[name].row - row, at[name].column - column];
      const forward = down * step[0] + across * step[1];
      const aside = Math.abs(down * step[1]) + Math.abs(across * step[0]);
      return { name, forward, cost: forward + 4 * aside };
    }).filter(({ forward }) => forward > 0).sort((a, b) => a.cost - b.cost);
    if (ahead.length) nodes.get(ahead[0].name).focus();
  }

  function draw() {
    const { beliefs } = store.answers;
    if (!beliefs) return;
    const whatif = whatIfOf(store);
    const near = store.selected && new Set([store.selected.variable, ...neighbors(catalog, store.selected.variable)]);
    for (const [name, node] of nodes) {
      node.setAttribute("aria-pressed", String(store.selected?.variable === name));
      node.classList.toggle("faded", Boolean(near && !near.has(name)));
      drawNode(catalog, store, catalog.variable[name], node, whatif);
    }
    drawArrows(whatif);
    drawHead(whatif);
    drawKey(key, whatif, beliefs);
  }

  function drawArrows() {
    const some = arcsShown(catalog, store);
    const lines = routes(some, at, rows.length);
    lines.sort((a, b) => a.arc.width - b.arc.width);
    put(arrows, lines.flatMap(({ arc, points }) => {
      const way = arc.sign < 0 ? "down" : "up";
      const end = ending(points, arc);
      return [
        svg("path", { d: path(points), class: way, "stroke-width": arc.width }),
        svg("path", end.bar ? { d: end.d, class: way, "stroke-width": 2.4 } : { d: end.d, class: "head" }),
        svg("path", { d: path(points), class: "touch", "stroke-width": 10, onClick: () => inspect(arc.to, arc.from) }, svg("title", {}, `${shortOf(catalog.variable[arc.from])} ${arc.sign < 0 ? "lowers" : "raises"} ${shortOf(catalog.variable[arc.to])}`)),
      ];
    }));
  }

  function drawHead(whatif) {
    const { beliefs } = store.answers;
    const known = beliefs.findings.length > 0;
    const words = peopleWords(catalog, beliefs.findings);
    const selected = store.selected && catalog.variable[store.selected.variable];
    byId("net-title").textContent = selected ? `What acts on ${mid(shortOf(selected))}` : whatif ? `The same ${words.one}, after` : known ? "How it comes about" : "The review as a network";
    byId("group-who").firstChild.textContent = known ? `Who ${words.subject === "they" ? "this person" : words.subject} is` : GROUPS.who;
    const count = arcsShown(catalog, store).length;
    const all = catalog.arcs.length;
    const toggle = el("button", { type: "button", class: "link", id: "all-arrows", "aria-pressed": String(store.allArrows), onClick: () => {
      store.set("arrows", { allArrows: !store.allArrows });
      byId("all-arrows")?.focus();
    } }, store.allArrows ? "show fewer" : "show all");
    const told = selected ? `${plural(count, "arrow")} of this box` : store.allArrows ? `all ${all} arrows` : known && store.answers.explain ? `${count} of ${all} arrows: what carries the answer` : `${count} strongest of ${all} arrows`;
    put(byId("net-note"), told, selected ? null : [" · ", toggle]);
  }

  store.on("beliefs why whatif tab acts selected arrows", draw);
  return { focus: (name) => nodes.get(name)?.focus() };
}

/** The what-if that the page shows, or null. */
export const whatIfOf = (store) => (store.tab === "whatif" && store.acts.length && store.answers.whatif?.variables ? store.answers.whatif : null);

function neighbors(catalog, name) {
  return catalog.arcs.filter((arc) => arc.parent === name || arc.child === name).map((arc) => (arc.parent === name ? arc.child : arc.parent));
}

/** Arrows to draw, with widths: a box's own, all, or the dozen that weigh most. */
function arcsShown(catalog, store) {
  const { explain, beliefs } = store.answers;
  const strength = (arc) => Math.abs(arc.size);
  const drawn = (arcs, weight, most) => arcs.map((arc) => ({ from: arc.parent, to: arc.child, sign: signOf(catalog, beliefs, arc), width: 1.5 + 4.5 * Math.min(1, weight(arc) / most) }));
  if (store.selected) {
    const name = store.selected.variable;
    return drawn(catalog.arcs.filter((arc) => arc.parent === name || arc.child === name), strength, 4);
  }
  if (store.allArrows) return drawn(catalog.arcs, strength, 4.5).map((arc) => ({ ...arc, width: Math.min(arc.width, 3.5) }));
  if (explain && beliefs.findings.length) {
    const weights = {};
    for (const { kind, name, weight } of explain.supports) {
      if (kind === "arc") weights[name.split(":")[0]] = (weights[name.split(":")[0]] ?? 0) + Math.abs(weight);
    }
    const weight = (arc) => weights[`${arc.child}|${arc.parent}`] ?? 0;
    const some = [...catalog.arcs].filter((arc) => weight(arc) > 0).sort((a, b) => weight(b) - weight(a)).slice(0, AT_REST);
    if (some.length) return drawn(some, weight, Math.max(0.4, weight(some[0])));
  }
  return drawn([...catalog.arcs].sort((a, b) => strength(b) - strength(a)).slice(0, AT_REST), strength, 4.5);
}

/** Whether an arrow raises; from a box that is known to be in the first of two states it says what that state does. */
function signOf(catalog, beliefs, arc) {
  const { context, states } = catalog.variable[arc.parent];
  const first = context && states.length === 2 && beliefs.beliefs[arc.parent][states[0].id] > 1 - 1e-9;
  return (Math.sign(arc.size) || 1) * (first ? -1 : 1);
}

/** One box: name, what was said of it, or its belief with where it was before. */
function drawNode(catalog, store, variable, node, whatif) {
  const { beliefs } = store.answers;
  const name = el("span", { class: "name" }, shortOf(variable));
  const said = store.findings.filter((one) => valueOf(one) !== null && beliefs.findings.some((read) => read.name === one.id && read.variable === variable.id));
  const shares = beliefs.beliefs[variable.id];
  const certain = Object.values(shares).some((share) => share > 1 - 1e-9);
  const set = whatif && variable.context ? setState(whatif, variable) : null;
  if (set?.now) return put(node, name, el("span", { class: "belief known" }, el("span", { class: "pin" }, set.now), set.was ? `was ${said.length && variable.scale ? Number.parseFloat(said[0].text) || set.was : set.was}` : "set"));
  if (certain && said.length) return put(node, name, el("span", { class: "belief known" }, pinned(catalog, variable, said[0])));
  if (!variable.shown || (variable.context && !variable.parents.length)) {
    const likely = variable.scale && said.length ? "partly known" : "not given";
    return put(node, name, el("span", { class: "belief quiet" }, likely));
  }
  const [now, was] = whatif ? shareIn(whatif, variable) : [shareOf(variable, shares), beliefs.findings.length ? beforeShare(beliefs, variable) : null];
  const moved = was === null ? 0 : now - was;
  const tags = certain ? null : said.filter((one) => one.id !== variable.id);
  const words = was !== null && Math.abs(moved) > 0.005 ? `, before ${of100(was)}` : "";
  put(node, name,
    tags?.length ? tagOf(catalog, tags) : null,
    el("span", { class: "belief" }, meter(now, was), el("span", { class: "value" }, of100(now)), el("span", { class: "spoken" }, ` of 100${words}`),
      Math.abs(moved) >= TELLING ? el("span", { class: `moved ${moved < 0 ? "lowers" : "raises"}`, "aria-hidden": "true" }, `${moved < 0 ? "▼" : "▲"}${change100(moved)}`) : null));
}

const beforeShare = (beliefs, variable) => (variable.context ? null : shareOf(variable, beliefs.in_context[variable.id]));

export function shareIn(whatif, variable) {
  const rows = whatif.variables.filter((one) => one.variable === variable.id);
  return ["after", "before"].map((side) => shareOf(variable, Object.fromEntries(rows.map((row) => [row.state, row[side]]))));
}

/** Where an intervention puts a context variable, and where it was: a state, or a range of its scale. */
function setState(whatif, variable) {
  const rows = whatif.variables.filter((one) => one.variable === variable.id);
  const changed = rows.some((row) => Math.abs(row.difference) > 0.001);
  return changed ? { now: spanOf(variable, rows, "after"), was: spanOf(variable, rows, "before") } : null;
}

const LIKELY = 0.05;

function spanOf(variable, rows, side) {
  const likely = variable.states.map((state, index) => [state, index]).filter(([state]) => rows.find((row) => row.state === state.id)[side] > LIKELY);
  if (!variable.scale) return likely.length === 1 ? likely[0][0].title : null;
  const { edges } = variable.scale;
  return `${edges[likely[0][1]]}–${edges[likely.at(-1)[1] + 1]}`;
}

function pinned(catalog, variable, one) {
  const state = variable.states.find((each) => each.id === one.text.trim());
  if (state) return el("span", { class: "pin" }, state.people?.one ?? state.title);
  const unit = variable.scale ? unitText(variable.scale.unit_in_words || variable.scale.unit) : "";
  return [el("span", { class: "pin" }, one.weights ? "weights" : one.text.trim()), unit && !/[a-z]/i.test(one.text) ? ` ${unit}` : ""];
}

/** What was measured of a box, in its corner: a name that may be cut, a value that is not. */
function tagOf(catalog, tags) {
  const [{ id, text, weights }] = tags;
  const value = weights ? "weights" : text.trim().replace(/^([<>]?\s*[0-9.,]+\+?).*/, "$1").replaceAll("_", " ");
  return el("span", { class: "pin tag" }, el("span", { class: "tag-name" }, titleOf(catalog, id)), el("span", {}, value, el("span", { class: "tag-unit" }, valueText(catalog, tags[0]).slice(value.length)), tags.length > 1 ? ` +${tags.length - 1}` : ""));
}

function drawKey(key, whatif, beliefs) {
  const sample = (kind) => {
    const arc = { width: 2.5, sign: kind === "up" ? 1 : -1 };
    const points = kind === "up" ? [[0, 6], [11, 6]] : [[0, 6], [17, 6]];
    const end = ending(points, arc);
    return svg("svg", { width: 22, height: 12, viewBox: "0 0 22 12", "aria-hidden": "true" }, svg("path", { d: path(points), class: kind }), svg("path", end.bar ? { d: end.d, class: kind } : { d: end.d, class: "head" }));
  };
  put(key,
    el("div", {}, el("span", { class: "meter" }), " present in … of 100"),
    beliefs.findings.length || whatif ? el("div", {}, el("span", { class: "was" }), whatif ? "before; bar: after" : "before what was measured") : null,
    el("div", {}, sample("up"), " raises ", sample("down"), " lowers, thick: strong"),
    beliefs.findings.length ? el("div", {}, "▲▼ taken before rounding") : null);
}
