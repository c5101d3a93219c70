// The address and what stands beside it: links with and without findings, print, clear, what a link from elsewhere said.

import { byId, el, put } from "./dom.js";
import { fragmentOf } from "./link.js";
import { wherePrivate } from "./dialogs.js";

/** Keep the fragment that of the case, and offer links. */
export function addressView(catalog, store, opened) {
  const told = el("span", { role: "status", class: "quiet" });
  const copy = async (link, words) => {
    try {
      await navigator.clipboard.writeText(link);
      told.textContent = words;
    } catch {
      told.textContent = link;
    }
  };
  const bare = () => `${location.origin}${location.pathname}`;
  const whole = () => `${bare()}#${fragmentOf(store, catalog)}`;
  const draw = () => {
    const fragment = fragmentOf(store, catalog);
    const wanted = fragment ? `#${fragment}` : "";
    if (location.hash !== wanted) history.replaceState(null, "", location.pathname + wanted);
    const known = store.findings.length > 0;
    byId("rail-buttons").hidden = !known && !store.acts.length;
    byId("clear-all").hidden = !known;
  };
  put(byId("rail-foot"),
    el("div", { class: "row-buttons", id: "rail-buttons", hidden: true },
      el("button", { type: "button", class: "button", id: "copy-link", onClick: () => copy(whole(), "Link with the case copied.") }, "Copy link"),
      el("button", { type: "button", class: "button", onClick: () => window.print() }, "Print"),
      el("button", { type: "button", class: "link", id: "clear-all", onClick: () => {
        store.set("acts", { acts: [] });
        store.set("definitions", { definitions: [] });
        store.set("findings", { findings: [] });
        byId("find").focus();
      } }, "Clear all")),
    el("p", { class: "note" }, "A link holds the case after its #: no server logs that, but the browser’s history keeps it; ",
      el("button", { type: "button", class: "link", id: "copy-bare", onClick: () => copy(bare(), "Link without findings copied.") }, "copy one without findings"), `. ${wherePrivate(catalog)}`),
    el("p", {}, told),
    opened.map((text) => el("p", { class: "disagree" }, text)));
  store.on("findings acts definitions first tab", draw);
  draw();
}
