// The page: fetch the catalog, read the case in the address, connect the views.

import { byId, el, put } from "./dom.js";
import { watchStopped } from "./api.js";
import { loadCatalog, tidy } from "./catalog.js";
import { Store } from "./store.js";
import { Asker } from "./asker.js";
import { read } from "./link.js";
import { findingsView } from "./findings.js";
import { answerView } from "./answer.js";
import { nowView } from "./now.js";
import { whatIfView } from "./whatif.js";
import { twoView } from "./two.js";
import { networkView } from "./network.js";
import { inspectorView } from "./inspector.js";
import { fileView } from "./file.js";
import { addressView } from "./address.js";
import { liveView } from "./live.js";
import { phoneView } from "./phone.js";
import { tabsView } from "./tabs.js";
import { provenanceView } from "./provenance.js";
import { helpDialog, limitsDialog, setUpDialog } from "./dialogs.js";
import { sourcesDialog } from "./sources.js";
import { giveUpStudies } from "./studies.js";
import { definitionOf } from "./definitions.js";
import { list } from "./words.js";

const store = new Store();

watchStopped((stopped) => {
  const known = store.answers.beliefs?.findings.length ?? 0;
  byId("stopped").hidden = !stopped;
  put(byId("stopped"), el("b", {}, "No answer from the program."), ` What you see is its last answer${known ? `, for ${known} finding${known === 1 ? "" : "s"}` : ""}. Start it again with `, el("code", {}, "myorisk explore"), "; this page goes on by itself.");
});

/** What no field can say: shown above the page until the next answer. */
function failed(error) {
  byId("stopped").hidden = false;
  const again = () => {
    byId("stopped").hidden = true;
    store.tell("findings");
  };
  put(byId("stopped"), error.status === 504
    ? ["This computer is busy: not all that belongs to this answer was counted in time. ", el("button", { type: "button", class: "button", onClick: again }, "Ask again")]
    : error.message);
  store.addEventListener("beliefs", () => (byId("stopped").hidden = true), { once: true });
}

async function start() {
  const catalog = await loadCatalog();
  const tidied = (findings) => findings && findings.map((one) => tidy(catalog, one));
  const readTidy = () => {
    const opened = read(location.hash);
    const definitions = opened.definitions.map((name) => definitionOf(catalog, name)?.id ?? name);
    const most = (findings) => tidied(findings)?.slice(0, catalog.limits.findings) ?? null;
    return { ...opened, definitions, findings: most(opened.findings), first: most(opened.first), held: opened.findings.length };
  };
  const opened = readTidy();
  const { findings, acts, definitions, first, tab } = opened;
  Object.assign(store, { findings, acts, definitions, first, tab });
  const asker = new Asker(catalog, store, failed);
  setUpDialog();
  byId("dialog").addEventListener("close", giveUpStudies);
  const openTab = tabsView(store);
  findingsView(catalog, store, openTab);
  answerView(catalog, store);
  nowView(catalog, store, openTab);
  whatIfView(catalog, store, asker);
  twoView(catalog, store);
  let inspector = null;
  const network = networkView(catalog, store, (...which) => inspector.open(...which));
  inspector = inspectorView(catalog, store, network);
  const file = fileView(catalog, store);
  addressView(catalog, store, remarks(catalog, opened));
  liveView(catalog, store);
  phoneView(store, openTab);
  provenanceView(catalog, store);
  byId("skip").addEventListener("click", () => byId("answer").focus());
  byId("home").addEventListener("click", () => file.show(false));
  byId("go-file").addEventListener("click", () => file.show(true));
  byId("go-cases").addEventListener("click", () => {
    file.show(false);
    byId("cases").querySelector("details").open = true;
    byId("cases").querySelector(".case").focus();
  });
  byId("go-sources").addEventListener("click", () => sourcesDialog().catch(failed));
  byId("go-limits").addEventListener("click", () => limitsDialog(catalog));
  byId("go-help").addEventListener("click", () => helpDialog(catalog, [["Limits", () => limitsDialog(catalog)], ["Sources and claims", () => sourcesDialog().catch(failed)]]));
  window.addEventListener("hashchange", () => {
    const { findings, acts, definitions, first, tab } = readTidy();
    Object.assign(store, { acts, definitions, tab });
    store.set("findings", { findings });
    store.set("first", { first });
    store.tell("tab");
  });
  asker.askCase();
  if (store.first) asker.askFirst();
}

/** What is to be said of the link that was opened. */
function remarks(catalog, { version, population, twice, held }) {
  const people = (name) => (name ? `the population “${name}”` : "the people the network was fitted to");
  return [
    version && version !== catalog.version ? `This link was made with myorisk ${version}; here ${catalog.version} runs. Its numbers may have been others.` : "",
    version && population !== catalog.population_name ? `This link was made for ${people(population)}; here answers are for ${people(catalog.population_name)}.` : "",
    twice.length ? `This link gives ${list(twice)} twice; only the first is used.` : "",
    held > catalog.limits.findings ? `This link holds ${held} findings; only the first ${catalog.limits.findings} are used, as many as are taken of one person.` : "",
    location.search ? "What stands behind ? in an address is not read, and may be logged on the way; a case goes behind #." : "",
  ].filter(Boolean);
}

start().catch((error) => {
  put(byId("answer-body"), el("p", { class: "problem" }, error.message));
  throw error;
});

