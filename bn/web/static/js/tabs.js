// Tabs by the usual keys: arrows, Home, End.

import { byId } from "./dom.js";

const NAMES = ["now", "whatif", "two"];

export function tabsView(store) {
  const draw = () => {
    for (const name of NAMES) {
      const here = store.tab === name;
      byId(`tab-${name}`).setAttribute("aria-selected", String(here));
      byId(`tab-${name}`).tabIndex = here ? 0 : -1;
      byId(`panel-${name}`).hidden = !here || Boolean(store.selected);
    }
  };
  const open = (name, focus = true) => {
    store.selected = null;
    store.set("tab", { tab: name });
    store.tell("selected");
    if (focus) byId(`tab-${name}`).focus();
  };
  for (const name of NAMES) byId(`tab-${name}`).addEventListener("click", () => open(name));
  byId("tabs").addEventListener("keydown", (event) => {
    const at = NAMES.indexOf(store.tab);
    const next = { ArrowRight: (at + 1) % NAMES.length, ArrowLeft: (at + NAMES.length - 1) % NAMES.length, Home: 0, End: NAMES.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    open(NAMES[next]);
  });
  store.on("tab", draw);
  draw();
  return open;
}
