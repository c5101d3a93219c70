// A file: drop it, see what each column is read as, answer what is open, score it, download it.

import { byId, el, put } from "./dom.js";
import { ask } from "./api.js";
import { entryOf, shortOf } from "./catalog.js";
import { wherePrivate } from "./dialogs.js";
import { speaksFor } from "./answer.js";
import { columnsTable, histogram, peopleTable } from "./columns.js";
import { definitionButton, definitionOf } from "./definitions.js";
import { list, mid, plural, unitText } from "./words.js";

const ACCEPTED = ".csv,.tsv,.txt";

export function fileView(catalog, store) {
  const page = byId("filepage");
  let file = null; // {name, size, content}
  let columns = {};
  let answer = null;
  let busy = null;

  const show = (open) => {
    document.body.dataset.view = open ? "file" : "person";
    byId("person").hidden = open;
    page.hidden = !open;
    byId("go-file").setAttribute("aria-pressed", String(open));
    if (open && !file) put(page, empty());
    window.scrollTo(0, 0);
  };

  function empty(problem = null) {
    const input = el("input", { type: "file", id: "file-input", accept: ACCEPTED, class: "spoken", "aria-label": "Choose a file", onChange: (event) => event.target.files[0] && read(event.target.files[0]) });
    return el("section", { class: "card file-top" },
      el("div", { class: "file-head" }, el("div", {}, el("h1", { class: "sentence" }, "Score a table of people"), el("p", {}, `A row a person, a column a finding: .csv, .tsv or .txt up to ${megabytes(catalog.limits.file_bytes)}. ${wherePrivate(catalog)}`)), close()),
      speaksFor(catalog), problem, el("div", { class: "drop" }, el("p", {}, "Drop a file here, or anywhere on the page."), el("p", {}, el("label", { class: "button strong", for: "file-input" }, "Choose a file"), input)));
  }

  const close = () => el("button", { type: "button", class: "link", id: "file-close", onClick: () => show(false) }, "Back to one person");

  async function read(chosen) {
    show(true);
    busy?.abort();
    columns = {};
    answer = null;
    if (chosen.size > catalog.limits.file_bytes) {
      file = null;
      return put(page, empty(tooLarge(chosen)));
    }
    file = { name: chosen.name, content: await base64(chosen) };
    return look();
  }

  /** Ask what would be read as what, and say it; a cancelled question leaves what was there before. */
  async function look(before = columns) {
    const size = (file.content.length * 3) / 4;
    try {
      answer = await waited(`Reading ${file.name}, ${megabytes(size)}, and scoring its people`, (signal) => ask("/api/file", { ...file, columns }, signal));
      put(page, told());
      byId("live").textContent = byId("file-sentence").textContent;
    } catch (error) {
      if (error.name === "AbortError" && answer) {
        columns = before;
        return void put(page, told());
      }
      file = null;
      put(page, empty(error.name === "AbortError" ? null : el("p", { class: "problem", role: "alert" }, error.message)));
    }
  }

  /** The answer of `work`, with how long it has taken so far and a way to stop it; the newest takes the place of others. */
  async function waited(words, work) {
    busy?.abort();
    const round = new AbortController();
    busy = round;
    const seconds = el("span", {});
    const start = Date.now();
    const clock = setInterval(() => (seconds.textContent = `${Math.round((Date.now() - start) / 1000)} seconds so far`), 1000);
    const told = el("div", { class: "card file-wait" }, el("div", { role: "status" }, el(answer ? "p" : "h1", {}, `${words} …`)), seconds, el("progress", { "aria-label": words }), el("button", { type: "button", class: "button", id: "file-cancel", onClick: () => round.abort() }, "Cancel"));
    page.querySelector(".drop")?.closest(".card").remove();
    page.prepend(told);
    page.setAttribute("aria-busy", "true");
    try {
      return await work(round.signal);
    } finally {
      clearInterval(clock);
      told.remove();
      if (busy === round) page.removeAttribute("aria-busy");
    }
  }

  function told() {
    const open = answer.columns.filter((column) => column.proposal && !(column.header in columns));
    const all = answer.scored === answer.rows;
    return [
      el("section", { class: "card file-top" },
        el("div", { class: "file-head" }, el("div", {}, el("h1", { class: "sentence", id: "file-sentence" }, `${all ? `All ${answer.rows}` : `${answer.scored} of ${answer.rows}`} people in ${answer.name} can be scored. ${open.length ? `${open.length === 1 ? "One question" : `${open.length} questions`} first.` : ""}`),
          el("p", {}, `${megabytes(answer.size)}, ${answer.read_as}. ${wherePrivate(catalog).replace("Findings go", "It goes").replace("are not kept", "is not kept")} ${answer.failed ? `${plural(answer.failed, "row has an error", "rows have errors")}; they stay in the file with the reason.` : ""}`), speaksFor(catalog)),
        el("div", { class: "file-actions" }, el("button", { type: "button", class: `button ${open.length ? "" : "strong"}`, id: "file-score", onClick: score }, open.length ? "Score without answering" : "Score and download"), el("button", { type: "button", class: "link", onClick: another }, "Another file"), close())),
        open.map(question), el("p", { id: "file-problem", role: "alert" })),
      el("section", { class: "card file-main" },
        el("div", {}, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Columns" }, columnsTable(catalog, answer, columns, { change, undo })), el("h2", {}, "First people, as they would come out"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "First people" }, peopleTable(answer))),
        el("aside", { "aria-label": "What you get back" }, el("h2", {}, "What you get back"), el("p", { class: "plain" }, "Your file, every cell as it came, and behind it the risk with its range, a belief for each mechanism, and the reason where a row could not be scored."), byDefinitions(), histogram(answer), el("p", { class: "note" }, "Risks in a table are for groups. Type one person’s findings to see reasons, and what could be done."),
          el("details", {}, el("summary", {}, "What the command says of it"), el("pre", { class: "scroll", tabindex: 0 }, el("code", {}, answer.text))),
          el("details", {}, el("summary", {}, `Over ${megabytes(catalog.limits.file_bytes)}, or Parquet? Use the command`), el("p", {}, el("code", {}, `myorisk score ${answer.name} -o scored.csv`))))),
    ];
  }

  /** By which definitions the scored file tells the risk, the page's choice, and the way to change it. */
  function byDefinitions() {
    if (!catalog.definitions.length) return null;
    const chosen = store.definitions.map((id) => definitionOf(catalog, id)?.title ?? id);
    const words = chosen.length ? `The risk also by ${list(chosen)}. ` : "The risk is by the network’s own definition. ";
    return el("p", { class: "note", id: "file-definitions" }, words, definitionButton(catalog, store, "file-by-definition"));
  }

  /** A column that looks like a finding but was not read: asked about, never dropped silently. */
  function question(column) {
    const meaning = column.proposal.meaning;
    const unit = /\[(.*)\]$/.exec(meaning)?.[1]; // "grip_strength [kg]"
    const title = `${mid(shortOf(entryOf(catalog, meaning)) ?? meaning)}${unit ? ` in ${unitText(unit)}` : ""}`;
    return el("div", { class: "question" }, el("p", {}, el("b", {}, `Is “${column.header}” ${title}?`), " It is left out until you say so."),
      el("span", { class: "file-actions" }, el("button", { type: "button", class: "button strong", onClick: () => change(column.header, meaning) }, `Read as ${title}`), el("button", { type: "button", class: "button", onClick: () => change(column.header, "") }, "Leave it out")));
  }

  function change(header, meaning) {
    const before = columns;
    columns = { ...columns, [header]: meaning };
    look(before);
  }

  function undo(header) {
    const before = columns;
    columns = Object.fromEntries(Object.entries(columns).filter(([name]) => name !== header));
    look(before);
  }

  function another() {
    busy?.abort();
    file = null;
    answer = null;
    put(page, empty());
    byId("file-input").focus();
  }

  async function score() {
    const button = byId("file-score");
    button.disabled = true;
    try {
      const scored = await waited(`Scoring ${plural(answer.rows, "person", "people")} in ${file.name}`, (signal) => ask("/api/file/score", { ...file, columns, definition: store.definitions }, signal));
      const link = el("a", { href: URL.createObjectURL(scored), download: file.name.replace(/(\.[^.]*)?$/, "-scored.csv") });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    } catch (error) {
      if (error.name !== "AbortError") byId("file-problem").textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  function tooLarge({ name, size }) {
    const command = `myorisk score ${name} -o scored.csv`;
    return el("div", { class: "problem", role: "alert" }, el("p", {}, `${name} has ${megabytes(size)}; this page takes ${megabytes(catalog.limits.file_bytes)}. The command takes any size:`), el("p", {}, el("code", {}, command), " ", el("button", { type: "button", class: "button", onClick: () => navigator.clipboard?.writeText(command) }, "Copy")));
  }

  store.on("definitions", () => byId("file-definitions")?.replaceWith(byDefinitions()));
  dropping(read);
  return { show };
}

function dropping(read) {
  const files = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => !event.relatedTarget && document.body.classList.remove("dragging"));
  document.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    document.body.classList.remove("dragging");
    if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
  });
}

async function base64(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

/** Bytes as people read them. */
function megabytes(bytes) {
  if (bytes < 1000) return plural(bytes, "byte");
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${Math.round(bytes / 1e6)} MB`;
}
