// The one dialog of the page, and what help and limits say in it.

import { byId, el, put } from "./dom.js";

let before = null;

/** Open the dialog with a title and content; closing goes back to what was open before, or to the button. */
export function openDialog(title, ...content) {
  const dialog = byId("dialog");
  if (dialog.open) before = { title: dialog.dataset.title, nodes: [...dialog.querySelector(".dialog-body").childNodes] };
  show(title, content);
}

function show(title, content) {
  const dialog = byId("dialog");
  dialog.dataset.title = title;
  const back = before;
  put(dialog,
    el("div", { class: "dialog-head" }, el("h2", { id: "dialog-title", tabindex: -1 }, title), el("span", {},
      back ? el("button", { type: "button", class: "button", onClick: () => {
        before = null;
        show(back.title, back.nodes);
      } }, "Back") : null, " ",
      el("button", { type: "button", class: "button", onClick: () => dialog.close() }, "Close"))),
    el("div", { class: "dialog-body" }, content));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".dialog-body").scrollTop = 0;
  byId("dialog-title").focus();
}

export function setUpDialog() {
  const dialog = byId("dialog");
  dialog.addEventListener("close", () => {
    before = null;
    put(dialog);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

const part = (title, ...texts) => [el("h3", {}, title), texts.map((text) => el("p", {}, text))];

export function limitsDialog(catalog) {
  openDialog("Limits",
    el("p", {}, el("b", {}, catalog.notice ?? "")),
    part("What the number is", `How many of 100 people with the same findings have ${catalog.outcome.title.toLowerCase()} now, by this model. ${catalog.variable[catalog.outcome.id].definition ?? ""}`),
    part("What it is not", "It does not diagnose, and it says nothing of the years to come. It cannot tell which of the 100 a person is."),
    part("What the range holds", "How unsure the sizes of the arrows are, given these arrows. A wrong or missing arrow is not in it."),
    part("Who it is about", ...(catalog.speaks_for ? [`Answers are ${catalog.speaks_for}.`, "The network was first fitted to:"] : []), catalog.population ? `${catalog.population.slice(0, 1).toUpperCase()}${catalog.population.slice(1)}.` : ""),
    catalog.stale ? part("Not up to date", catalog.stale) : null);
}

export function helpDialog(catalog, more) {
  const key = (name, text) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, text));
  openDialog("Help",
    part("Say what you know", "A number, a bound such as <0.3 or 80+, a state, or weights of states. Choose another unit beside the number. What you leave out is averaged over, never taken as normal."),
    part("Read the answer", "Filled figures have it; paler ones lie within the model’s range below the estimate, ringed ones within it above. In the network a bar is the belief now and a tick the one before what was measured. Orange raises, blue lowers; solid is reported, half is graded, hollow is assumed."),
    part("Set a box", "Click a box of the network, or walk there with the arrow keys and press Enter. Set it, watch the rest, and press Esc to come back."),
    part("What if", "Tick what would be done, turn the dose down, combine. The findings count as made before it."),
    el("h3", {}, "Keys"),
    el("table", { class: "compare" }, el("tbody", {}, key("Tab", "from part to part"), key("Arrow keys", "within the network, the tabs and the search"), key("Enter", "take the marked name, open the box"), key("Esc", "close what is open"))),
    part("Where findings go", wherePrivate(catalog)),
    el("p", {}, more.map(([title, work]) => [el("button", { type: "button", class: "link", onClick: work }, title), " "]), el("a", { href: "/api" }, "The same as JSON over HTTP")));
}

/** Where findings go: to this computer, or to the one that is named. */
export const wherePrivate = (catalog) => (catalog.local === false
  ? `Findings go to the program on ${catalog.host} and are not kept.`
  : "Findings go to the program on this computer and are not kept.");
