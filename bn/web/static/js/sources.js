// Claims and sources, one click away: lists, and a dialog that searches them.

import { el, put } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { loadLibrary } from "./catalog.js";
import { studiesPart } from "./studies.js";
import { plural } from "./words.js";

const MOST = 60;

const button = (text, open) => el("button", { type: "button", class: "link", "aria-haspopup": "dialog", onClick: open }, text);

export const claimButton = (id) => button(id, async () => openEntry(id));

export function sourceButtons(library, ids) {
  return ids.flatMap((id, index) => [index ? ", " : "", button(sourceLabel(library, id), () => openEntry(id))]);
}

function sourceLabel(library, id) {
  const source = library?.sources[id];
  return source ? `${id}${source.year ? `, ${source.year}` : ""}` : id;
}

/** Claims of the review with where they stand. */
export function claimList(library, ids) {
  return el("ul", { class: "claims" }, ids.map((id) => {
    const claim = library?.claims[id];
    return el("li", {}, claimButton(id), claim ? el("span", {}, claim.says, el("span", { class: "where" }, ` ${placeOf(claim)}`)) : el("span", {}, ""));
  }));
}

function placeOf(claim) {
  const lines = claim.lines?.length ? `lines ${[...new Set(claim.lines)].join("–")}` : "";
  const refs = claim.refs?.length ? `ref. ${[claim.refs].flat().join(", ")}` : "";
  return [claim.section, lines, refs, claim.species && claim.species !== "unspecified" ? claim.species : ""].filter(Boolean).join(", ");
}

/** The source of a study. */
export const sourceLink = ({ source, source_year: year }) => button(year ? `${source}, ${year}` : source, () => openEntry(source));

/** What studies say beside the network, in a dialog; nothing where there are none. */
export function studiesButton(count, title, question) {
  return count ? button(`${plural(count, "study", "studies")} beside the network`, () => openDialog(title, studiesPart(question))) : null;
}

async function openEntry(id) {
  const library = await loadLibrary();
  if (library.claims[id]) openDialog(`Claim ${id}`, claimCard(id, library.claims[id]));
  else if (library.sources[id]) openDialog(`Source ${id}`, sourceCard(id, library.sources[id]));
  else openDialog(id, el("p", {}, "The library holds no entry of this name."));
}

const line = (name, value) => (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length) ? null : [el("dt", {}, el("b", {}, name)), el("dd", {}, value instanceof Node || Array.isArray(value) ? value : String(value))]);

function claimCard(id, claim) {
  return el("dl", {}, line("Says", claim.says), line("Where in the review", placeOf(claim)), line("Species", claim.species), line("Kind", claim.kind), line("Figure", claim.figure), line("Became", claim.status), line("In the network", claim.encoded_as && typeof claim.encoded_as === "object" ? Object.values(claim.encoded_as).flat().join(", ") : claim.encoded_as), line("Why", claim.reason));
}

function sourceCard(id, source) {
  const web = /^https?:\/\//.test(source.address ?? "");
  return el("dl", {}, line("Title", source.title), line("Authors", source.authors), line("Year", source.year), line("Printed", source.printed), line("People", source.population), line("Address", web ? el("a", { href: source.address, rel: "noopener noreferrer", target: "_blank" }, source.address) : source.address), line("Note", source.note));
}

/** Everything, searched by words. */
export async function sourcesDialog() {
  const library = await loadLibrary();
  const found = el("ul", { class: "sources-list" });
  const told = el("p", { class: "note", role: "status" });
  const all = [
    ...Object.entries(library.sources).map(([id, one]) => ({ id, text: [one.title, one.authors, one.year].filter(Boolean).join(", "), kind: "source" })),
    ...Object.entries(library.claims).map(([id, one]) => ({ id, text: `${one.says} ${placeOf(one)}`, kind: "claim" })),
  ].map((one) => ({ ...one, words: `${one.id} ${one.text}`.toLowerCase() }));
  const search = el("input", { type: "search", placeholder: "Search claims and sources", "aria-label": "Search claims and sources", onInput: () => draw() });
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = all.filter((one) => words.every((word) => one.words.includes(word)));
    put(found, hits.slice(0, MOST).map((one) => el("li", {}, button(one.id, () => openEntry(one.id)), ` ${one.text}`)));
    told.textContent = `${plural(hits.length, "entry", "entries")}${hits.length > MOST ? `, the first ${MOST} shown` : ""}: ${Object.keys(library.sources).length} sources, ${Object.keys(library.claims).length} claims.`;
  };
  draw();
  const studies = Object.keys(library.trials).length + Object.keys(library.associations).length;
  openDialog("Sources and claims", el("p", { class: "alone" }, studiesButton(studies, "All studies beside the network", {})), search, told, found);
  search.focus();
}
