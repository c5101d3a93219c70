// The foot: version, people, basis; on paper also the case.

import { byId, el, put } from "./dom.js";
import { fragmentOf } from "./link.js";
import { intervalOf } from "./answer.js";
import { parameterName } from "./sure.js";
import { list } from "./words.js";

const MOST = 400;
const cut = (text) => (text.length > MOST ? `${text.slice(0, MOST)} …` : text);

export function provenanceView(catalog, store) {
  const draw = () => {
    const { explain, beliefs } = store.answers;
    const known = beliefs?.findings.length;
    const rests = known && explain?.key === beliefs.key ? explain.supports.slice(0, 4).map((one) => `${parameterName(catalog, one.name)} (${one.basis.join(", ")}${one.claims.length ? `; ${one.claims.slice(0, 4).join(", ")}${one.claims.length > 4 ? ` and ${one.claims.length - 4} more` : ""}` : ""})`) : [];
    put(byId("provenance"), el("p", {}, `myorisk ${catalog.version}${catalog.speaks_for ? `; answers are ${catalog.speaks_for}` : catalog.population ? `, ${catalog.population}` : ""}. `,
      known ? `Case: ${cut(decodeURIComponent(fragmentOf(store).replaceAll("&", " ").replaceAll("+", " ")))}. ` : "",
      intervalOf(store) ? `Range: ${Math.round(100 * (catalog.level ?? 0.9))} %, given the model’s arrows. ` : "",
      rests.length ? `Rests most on: ${list(rests)}. ` : "", "Numbers, claims and sources: ", el("code", {}, "myorisk show NAME"), ". ", catalog.stale ?? ""));
  };
  store.on("beliefs risk why findings", draw);
}
