// Joins it all: the head of the page, and the page that the address names.

import { BreakersPage } from "/assets/breakers.js";
import { h, reconcile, setAttribute, setIcon, setText } from "/assets/dom.js";
import { EventsPage } from "/assets/events.js";
import { clock } from "/assets/format.js";
import { IncidentPage, IncidentsPage } from "/assets/incidents.js";
import { OverviewPage } from "/assets/overview.js";
import { verdict } from "/assets/sentence.js";
import { ServicePage } from "/assets/service.js";
import { refreshSession, startSession } from "/assets/session.js";
import { changed, refreshIncidents, start, state, subscribe } from "/assets/store.js";

const element = (id) => document.getElementById(id);
let page = null;

// Pages

function pageFor(hash) {
  const [, name = "", argument = ""] = hash.replace(/^#/, "").split("/");
  switch (name) {
    case "services": return argument ? ["overview", new ServicePage(decodeURIComponent(argument))]
      : ["overview", new OverviewPage()];
    case "incidents": return ["incidents", argument ? new IncidentPage(decodeURIComponent(argument))
      : new IncidentsPage()];
    case "breakers": return ["breakers", new BreakersPage()];
    case "events": return ["events", new EventsPage()];
    default: return ["overview", new OverviewPage()];
  }
}

function show(isFirst) {
  page?.remove?.();
  let name;
  [name, page] = pageFor(location.hash);
  element("view").replaceChildren(page.element);
  for (const link of document.querySelectorAll("nav a")) {
    setAttribute(link, "aria-current", link.dataset.page === name ? "page" : null);
  }
  page.update(Date.now());
  if (isFirst) return;
  scrollTo(0, 0);
  element("view").focus({ preventScroll: true });
}

// The head

function drawHead(now) {
  const { condition, text, advice, mustAct } = verdict(now);
  const section = element("verdict");
  setAttribute(section, "data-condition", condition);
  setAttribute(section, "data-act", mustAct ? "" : null);
  setIcon(section.firstElementChild, condition);
  setText(element("sentence"), text);
  setText(element("advice"), advice || "\u00a0");
  const title = { ok: "✓", down: "✗", part: "!", wait: "…", busy: "…", off: "–", unknown: "?" }[condition];
  if (state.overview) document.title = `${title} ${state.overview.stack} · Hale`;
  const live = element("live");
  setText(live, state.isLost ? "no answer" : state.isLive ? "live" : "connecting");
  setAttribute(live, "data-live", state.isLive && !state.isLost ? "" : null);
  drawAround(now);
}

function drawAround(now) {
  const { overview } = state;
  if (!overview) return;
  setText(element("stack"), overview.stack);
  reconcile(element("notices"), overview.notices, (notice) => notice, (notice) => h("li", null, notice));
  const { keeper, healer, gateway } = overview.processes;
  setText(element("about"),
    `Hale ${overview.version}: keeper ${keeper ?? "–"}, healer ${healer ?? "–"}, gateway ${gateway ?? "–"}. As of ${clock(Math.min(now, state.answered))}.`);
}

// The theme

const THEMES = ["system", "light", "dark"];

function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

function startTheme() {
  const button = element("theme");
  const draw = () => {
    setText(button.lastElementChild, theme());
    setAttribute(button, "aria-label", `Theme: ${theme()}`);
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // It holds for as long as the page is open.
    }
    draw();
    changed();
  });
  draw();
}

let wasLive = false;

function update() {
  const now = Date.now();
  // The next healer knows nothing of the sessions of the one before.
  if (state.isLive && !wasLive) refreshSession();
  wasLive = state.isLive;
  drawHead(now);
  if (state.overview && state.knowsIncidents) delete document.body.dataset.loading;
  page.update(now);
}

startTheme();
show(true);
document.querySelector(".skip").addEventListener("click", (event) => {
  // The address names a page, so the link must not change it.
  event.preventDefault();
  element("view").focus();
});
subscribe(update);
addEventListener("hashchange", () => show(false));
startSession();
start();
refreshIncidents();
