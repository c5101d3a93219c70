// The bar at the bottom of a phone: the answer and four jumps.

import { byId, el, put } from "./dom.js";
import { whatIfOf } from "./network.js";
import { of100 } from "./words.js";

export function phoneView(store, openTab) {
  const jump = (id, focus = id) => () => {
    byId(id).scrollIntoView({ block: "start" });
    byId(focus)?.focus({ preventScroll: true });
  };
  const risk = el("button", { type: "button", class: "risk", id: "bottom-risk", onClick: jump("answer") });
  const button = (title, work) => el("button", { type: "button", onClick: work }, title);
  put(byId("bottom"), risk,
    button("Findings", () => {
      if (!byId("rail").classList.contains("open")) byId("chips").querySelector("button")?.click();
      jump("rail", "find")();
    }),
    button("Now", () => {
      openTab("now", false);
      jump("middle", "tab-now")();
    }),
    button("What if", () => {
      openTab("whatif", false);
      jump("middle", "tab-whatif")();
    }),
    button("Network", jump("net")));
  const draw = () => {
    const { beliefs } = store.answers;
    if (!beliefs) return;
    const whatif = whatIfOf(store);
    put(risk, of100(whatif ? whatif.after : beliefs.risk), el("small", {}, whatif ? "of 100, after" : "of 100"));
  };
  store.on("beliefs whatif tab acts", draw);
}
