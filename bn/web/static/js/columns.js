// The tables of a file: columns and what they are read as, the first people, how risks are spread.

import { el, svg } from "./dom.js";
import { of100, range, unitText } from "./words.js";

/** One row a column; `change` and `undo` answer for a header. */
export function columnsTable(catalog, answer, chosen, { change, undo }) {
  const heads = ["Your column", "First cells", "Read as", "To know"];
  return el("table", { class: "columns" }, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, answer.columns.map((column) => {
    const asked = column.proposal && !(column.header in chosen);
    return el("tr", { class: asked ? "asked" : column.id ? null : "unused" },
      el("th", { scope: "row" }, column.header),
      el("td", {}, el("code", {}, column.first.map((cell) => cell || "empty").join(", "))),
      el("td", {}, readAs(catalog, column, asked), " ", picker(catalog, column, chosen, change, undo)),
      el("td", {}, known(column, asked)));
  })));
}

function readAs(catalog, column, asked) {
  if (column.id) {
    const unit = catalog.variable[column.id]?.scale?.unit_in_words ?? column.unit;
    return `${column.title}${unit ? `, ${unitText(unit)}` : ""}`;
  }
  return asked ? el("b", {}, "not read yet") : "not used";
}

function known(column, asked) {
  const parts = [...column.told];
  if (column.empty) parts.push(`${column.empty} empty`);
  if (asked && !parts.length) parts.push("it looks like a finding");
  return parts.length ? parts.join("; ") : column.id ? "" : "kept as it is";
}

/** Folded until wanted: read the column as something else, or leave it out. */
function picker(catalog, column, chosen, change, undo) {
  if (column.header in chosen) return el("button", { type: "button", class: "link", onClick: () => undo(column.header) }, "undo");
  const open = el("button", { type: "button", class: "link", "aria-label": `Change what ${column.header} is read as`, onClick: () => {
    const choices = [...catalog.variables, ...catalog.biomarkers].sort((a, b) => a.title.localeCompare(b.title));
    const select = el("select", { "aria-label": `Read ${column.header} as`, onChange: () => change(column.header, select.value) },
      el("option", { value: column.id ?? "", selected: true }, column.id ? column.title : "not used"), column.id ? el("option", { value: "" }, "Leave it out") : null, choices.map((one) => el("option", { value: one.id }, one.title)));
    open.replaceWith(select);
    select.focus();
  } }, "change");
  return open;
}

/** The first people and the first with an error. */
export function peopleTable(answer) {
  const ranged = answer.people.some((row) => typeof row.low === "number");
  const heads = answer.columns.slice(0, 3).map((column) => column.header);
  return el("table", { class: "outcome-rows" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "line"), heads.map((head) => el("th", { scope: "col" }, head)), el("th", { scope: "col", class: "num" }, "of 100"), ranged ? el("th", { scope: "col", class: "num" }, "range") : null, el("th", { scope: "col" }, "error"))),
    el("tbody", {}, answer.people.map((row) => el("tr", {}, el("th", { scope: "row" }, row.line), heads.map((_, index) => el("td", {}, row.cells[index] ?? "")), el("td", { class: "num" }, row.risk === null ? "—" : el("b", {}, of100(row.risk))), ranged ? el("td", { class: "num" }, typeof row.low === "number" ? range(row.low, row.high) : "—") : null, el("td", {}, row.error ?? "")))));
}

/** People by risk. */
export function histogram({ histogram: { edges, counts }, mean }) {
  if (!counts.some(Boolean)) return null;
  const most = Math.max(...counts);
  const wide = 300 / counts.length;
  const label = `People by risk of 100: ${counts.map((count, index) => `${Math.round(100 * edges[index])} to ${Math.round(100 * edges[index + 1])}: ${count}`).join("; ")}`;
  return el("figure", {}, el("figcaption", { class: "plain" }, el("b", {}, "People by risk of 100"), mean === null || mean === undefined ? "" : `, mean ${of100(mean)}`),
    svg("svg", { class: "histogram", viewBox: "0 0 300 130", role: "img", "aria-label": label }, counts.map((count, index) => {
      const high = (88 * count) / most;
      return [svg("rect", { x: index * wide + 2, y: 108 - high, width: wide - 4, height: high, rx: 2 }), svg("text", { x: (index + 0.5) * wide, y: 103 - high, "text-anchor": "middle" }, count || "")];
    }), svg("line", { x1: 0, x2: 300, y1: 108.5, y2: 108.5 }), svg("text", { x: 0, y: 124 }, Math.round(100 * edges[0])), svg("text", { x: 300, y: 124, "text-anchor": "end" }, Math.round(100 * edges.at(-1)))));
}
