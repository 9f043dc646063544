// What the page knows of the stack: an overview once a second, and the events as they happen.

import { get, follow, Refusal } from "/assets/api.js";
import { AFTER_EVENT, conditionOf, isFailure, rank } from "/assets/condition.js";
import { byName } from "/assets/format.js";
import * as history from "/assets/history.js";

const INTERVAL = 1000;
const HIDDEN_INTERVAL = 10_000;
/** A Hale that takes longer than this is as good as none: the page must not look as if all it shows were so. */
const PATIENCE = 4000;
/** How long a failure is shown, however soon it was over: a person has to be able to see it. */
const FLASH = 1500;
/** From this many services on an event is not followed by a question of its own. */
const LARGE = 100;
const EVENTS_KEPT = 300;

export const state = {
  overview: null,
  /** Services by name. */
  services: new Map(),
  /** Who needs each service, by name. */
  dependents: new Map(),
  conditions: new Map(),
  /** Incidents, the newest first, and those of them that are open. */
  incidents: [],
  open: [],
  /** The newest first. */
  events: [],
  /** Whether incidents were asked for and an answer came. */
  knowsIncidents: false,
  /** When Hale answered last. */
  answered: 0,
  isLost: false,
  isLive: false,
};

const listeners = new Set();
const flashes = new Map();
let isQueued = false;

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells everybody, once a frame at the most. A page that is not seen gets no frames, and is told all the same. */
export function changed() {
  if (isQueued) return;
  isQueued = true;
  const tell = () => {
    if (!isQueued) return;
    isQueued = false;
    judge();
    for (const listener of listeners) listener(state);
  };
  requestAnimationFrame(tell);
  setTimeout(tell, 200);
}

function judge() {
  const now = Date.now();
  for (const [name, flash] of flashes) if (flash.until <= now) flashes.delete(name);
  state.conditions.clear();
  for (const service of state.services.values()) {
    state.conditions.set(service.name, conditionOf(service, flashes.get(service.name)));
  }
}

/** All that depends on a service, directly or by way of others. */
export function allDependents(name) {
  const found = new Set();
  const queue = [name];
  while (queue.length > 0) {
    for (const next of state.dependents.get(queue.pop()) ?? []) {
      if (next === name || found.has(next)) continue;
      found.add(next);
      queue.push(next);
    }
  }
  return [...found].sort();
}

/** Services by how bad they are, then by name. */
export function worstFirst(services) {
  const roots = new Set(state.open.map((incident) => incident.root));
  const weight = (service) => rank(state.conditions.get(service.name)?.key) * 2 - (roots.has(service.name) ? 1 : 0);
  return services.sort((a, b) => weight(a) - weight(b) || byName(a, b));
}

// The overview

let poll = 0;
let isAsking = false;

/** Asks for the overview, now rather than later. */
export async function refresh() {
  clearTimeout(poll);
  if (isAsking) return;
  isAsking = true;
  const began = performance.now();
  try {
    take(await get("/v1/overview", AbortSignal.timeout(PATIENCE)));
  } catch (error) {
    state.isLost = !(error instanceof Refusal) || error.status >= 500;
    changed();
  } finally {
    isAsking = false;
    const interval = document.hidden ? HIDDEN_INTERVAL : INTERVAL;
    poll = setTimeout(refresh, Math.max(100, interval - (performance.now() - began)));
  }
}

function take(overview) {
  const now = Date.now();
  state.overview = overview;
  state.answered = now;
  state.isLost = false;
  state.services = new Map(overview.services.map((service) => [service.name, service]));
  state.dependents = new Map();
  for (const service of overview.services) {
    for (const need of service.depends_on) {
      if (!state.dependents.has(need.service)) state.dependents.set(need.service, []);
      state.dependents.get(need.service).push(service.name);
    }
  }
  history.sample(overview, now);
  changed();
}

// Events

let refreshSoon = 0;
let incidentsSoon = 0;

function happened(event) {
  history.note(event);
  state.events.unshift(event);
  if (state.events.length > EVENTS_KEPT) state.events.length = EVENTS_KEPT;
  const service = state.services.get(event.service);
  if (service) apply(event, service);
  if (event.incident || event.kind.startsWith("incident")) {
    clearTimeout(incidentsSoon);
    incidentsSoon = setTimeout(refreshIncidents, 120);
  }
  changed();
  if (state.services.size > LARGE) return;
  clearTimeout(refreshSoon);
  refreshSoon = setTimeout(refresh, 60);
}

/** Shows at once what an event says; what it does not say comes with the next overview. */
function apply(event, service) {
  if (isFailure(event)) {
    flashes.set(event.service, { until: Date.now() + FLASH, text: event.text });
    setTimeout(changed, FLASH + 20);
  }
  if (service.instances !== 1) return;
  const patch = PATCHES[AFTER_EVENT[event.kind]]?.(event);
  if (patch) Object.assign(service, patch, { since: event.time });
}

const PATCHES = {
  down: (event) => event.kind === "unhealthy"
    ? { health: "unhealthy", last_error: event.text, instances_up: 0 }
    : { state: event.kind === "quarantined" ? "quarantined" : "backoff", health: "none", instances_up: 0 },
  ok: (event) => event.kind === "healthy" ? { state: "running", health: "healthy", instances_up: 1 } : null,
};

// Incidents

export async function refreshIncidents() {
  try {
    const [open, recent] = await Promise.all([
      get("/v1/incidents?open=true&limit=20"), get("/v1/incidents?limit=50"),
    ]);
    state.open = open.incidents;
    state.incidents = recent.incidents;
    state.knowsIncidents = true;
    changed();
  } catch {
    setTimeout(refreshIncidents, 2000);
  }
}

/** The events of the last hour, so that a page that was just opened shows what was. */
async function recall() {
  const since = new Date(Date.now() - history.SLOTS * 60_000).toISOString();
  const pages = [];
  let before = "";
  for (let page = 0; page < 5; page += 1) {
    const answer = await get(`/v1/events?order=desc&limit=1000&since=${since}${before}`);
    pages.push(...answer.events);
    if (answer.next_before === null) break;
    before = `&before=${answer.next_before}`;
  }
  for (const event of pages.toReversed()) history.note(event);
  const newest = pages.length > 0 ? pages : (await get("/v1/events?order=desc&limit=50")).events;
  state.events = newest.slice(0, EVENTS_KEPT);
  changed();
  return newest[0]?.id ?? 0;
}

async function begin() {
  let last = null;
  while (last === null) {
    try {
      last = await recall();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  follow(last, happened, (isLive) => {
    state.isLive = isLive;
    // Whatever was missed meanwhile is in the incidents too.
    if (isLive) refreshIncidents();
    changed();
  });
}

export function start() {
  refresh();
  begin();
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
