// The search: a combobox over names and aliases of everything that can be known of a person.

import { el, icon, later, put } from "./dom.js";
import { ask } from "./api.js";
import { unitText } from "./words.js";

const SHOWN = 8;

/** `chosen(id, value)` is called with the identifier, and the value where one was typed as `name=value`. */
export function finder(catalog, chosen) {
  const entries = entriesOf(catalog);
  const input = el("input", { id: "find", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: 200,
    "aria-expanded": "false", "aria-controls": "find-options", "aria-autocomplete": "list", "aria-label": `Add a finding: any of ${entries.length}`,
    placeholder: `CRP, grip: any of ${entries.length}` });
  const options = el("ul", { id: "find-options", role: "listbox", class: "options", "aria-label": "Findings that match", hidden: true });
  const trouble = el("div", { role: "alert" });
  let found = [];
  let at = -1;

  const open = () => {
    const typed = input.value.trim();
    put(trouble);
    found = typed ? matches(entries, typed.split("=")[0].trim()).slice(0, SHOWN) : [];
    at = found.length ? 0 : -1;
    draw();
    if (typed.length > 1 && !found.length) unknown(typed);
  };
  const draw = () => {
    put(options, found.map((entry, index) => el("li", { role: "option", id: `find-${index}`, "aria-selected": String(index === at), onPointerdown: (event) => {
      event.preventDefault();
      take(entry);
    } }, el("b", {}, entry.title), " ", el("span", { class: "about" }, entry.about))));
    options.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (at >= 0) input.setAttribute("aria-activedescendant", `find-${at}`);
    else input.removeAttribute("aria-activedescendant");
    options.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    found = [];
    at = -1;
    draw();
  };
  const take = (entry) => {
    const value = input.value.includes("=") ? input.value.slice(input.value.indexOf("=") + 1).trim() : "";
    input.value = "";
    close();
    put(trouble);
    chosen(entry.id, value || undefined);
  };
  // What the server says of a name that nothing matches: its own words, and the nearest name as a button.
  const unknown = later(async (typed) => {
    const name = typed.split("=")[0].trim();
    const answer = await ask("/api/beliefs", { findings: { [name]: "1" }, partial: true }).catch(() => null);
    const fault = answer?.left_out[0];
    if (!fault || input.value.trim() !== typed) return;
    const near = fault.suggest && entries.find((entry) => entry.id === fault.suggest || entry.words.includes(fault.suggest.toLowerCase()));
    put(trouble, el("p", { class: "problem" }, fault.message, near ? [" ", el("button", { type: "button", class: "link", onClick: () => take(near) }, `Add ${near.title}`)] : null));
  }, 250);

  input.addEventListener("input", open);
  input.addEventListener("focus", () => input.value && open());
  input.addEventListener("blur", () => setTimeout(close, 100));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) at = (at + step + found.length) % found.length;
    else if (event.key === "Enter" && found[at]) return void (event.preventDefault(), take(found[at]));
    else if (event.key === "Escape" && (found.length || input.value)) {
      event.stopPropagation();
      input.value = "";
      put(trouble);
      return void close();
    } else return;
    event.preventDefault();
    draw();
  });
  return el("div", { class: "finder" }, el("div", { class: "box" }, icon("search"), input), options, trouble);
}

function entriesOf(catalog) {
  const all = [...catalog.variables, ...catalog.biomarkers, ...(catalog.parts ?? [])];
  return all.map((entry) => {
    const measured = entry.variable && catalog.variable[entry.variable];
    const kinds = entry.units?.length ? entry.units.map(unitText).join(", ") : entry.scale ? unitText(entry.scale.unit) : (entry.levels ?? entry.states?.map((state) => state.title) ?? (entry.yes_no ? ["yes", "no"] : [])).slice(0, 3).join(", ");
    const about = [kinds, measured ? measured.title.toLowerCase() : entry.gives ? "" : "the mechanism itself"].filter(Boolean).join(" · ");
    const short = entry.short && entry.short !== entry.title ? entry.short : "";
    return { id: entry.id, title: short || entry.title, about: [short ? entry.title : "", entry.context ? kinds : about].filter(Boolean).join(" · "),
      words: [entry.id, entry.title, short, ...(entry.aliases ?? [])].filter(Boolean).map((word) => word.toLowerCase()) };
  });
}

/** Those that hold what is typed, the beginnings of names first. */
function matches(entries, typed) {
  const text = typed.toLowerCase();
  const rank = ({ words }) => Math.min(...words.map((word) => {
    if (word === text) return 0;
    if (word.startsWith(text)) return 1;
    if (word.split(/[\s_-]+/).some((part) => part.startsWith(text))) return 2;
    return text.length > 1 && word.includes(text) ? 3 : 9;
  }));
  return entries.map((entry) => [rank(entry), entry]).filter(([place]) => place < 9).sort((a, b) => a[0] - b[0]).map(([, entry]) => entry);
}
