// What a screen reader hears of a change, a moment after typing; and the line that says "waiting".

import { byId, later } from "./dom.js";
import { intervalOf, whoOf } from "./answer.js";
import { movesOf } from "./why.js";
import { mid, of100, range } from "./words.js";

export function liveView(catalog, store) {
  const say = later(() => {
    const { beliefs } = store.answers;
    if (!beliefs) return;
    const interval = intervalOf(store);
    const whatif = store.tab === "whatif" && store.acts.length ? store.answers.whatif : null;
    const who = whoOf(catalog, store);
    const [top] = who.known ? movesOf(catalog, beliefs) : [];
    const words = whatif?.variables
      ? `After: about ${of100(whatif.after)} of 100, before ${of100(whatif.before)}.`
      : `About ${of100(beliefs.risk)} of 100${interval ? `, range ${range(...interval)}` : ""}.${top ? ` Moved most: ${mid(top.title)}, ${of100(top.was)} to ${of100(top.now)}.` : ""}`;
    const faults = beliefs.left_out.map((one) => one.message).join(". ");
    byId("live").textContent = faults ? `${faults}. ${words}` : words;
  }, 600);
  store.on("risk whatif", say);
  const busy = (on) => {
    byId("waiting").hidden = !on;
    for (const id of ["answer", "middle", "net"]) byId(id).setAttribute("aria-busy", String(on));
  };
  store.on("waiting", () => busy(true));
  store.on("asked", () => busy(false));
}
