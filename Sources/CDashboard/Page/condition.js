// How a service is, in one word for people. The worst come first.

/** Conditions from worst to best. */
const CONDITIONS = ["down", "part", "wait", "busy", "off", "ok"];

const BY_STATE = {
  quarantined: ["down", "quarantined"],
  failed: ["down", "failed"],
  backoff: ["down", "down"],
  waiting: ["wait", "waiting"],
  pending: ["wait", "not started"],
  starting: ["busy", "starting"],
  stopping: ["busy", "stopping"],
  stopped: ["off", "stopped"],
  paused: ["off", "paused"],
  completed: ["ok", "completed"],
};

/** A service may pass its check while calls to it fail: then its breaker says so. */
const BY_BREAKER = {
  open: ["part", "calls fail", "passes its check, but calls to it fail: its breaker is open"],
  "half-open": ["part", "calls fail",
    "passes its check, but calls to it failed: its breaker lets a few through on trial"],
  "forced-open": ["part", "cut off", "gets no calls: its breaker was opened by hand"],
};

function ofRunning(service) {
  if (service.health === "unhealthy") return service.waiting_on ? ["wait", "waiting"] : ["down", "unhealthy"];
  if (service.health === "starting") return ["busy", "starting"];
  return BY_BREAKER[service.breaker] ?? ["ok", service.health === "healthy" ? "healthy" : "running"];
}

/** The condition of a service: its key among CONDITIONS, a word, a phrase after its name, and what there is to say besides. */
export function conditionOf(service, flash) {
  if (flash) return { key: "down", word: "down", phrase: "is down", detail: flash.text };
  const [key, word, phrase] = service.state === "running" ? ofRunning(service)
    : BY_STATE[service.state] ?? ["unknown", service.state];
  if (key === "down" && service.instances_up > 0) {
    const count = `${service.instances_up} of ${service.instances}`;
    return { key: "part", word: `${count} up`, phrase: `has ${count} instances up`, detail: detail(service, "part") };
  }
  return { key, word, phrase: phrase ?? `is ${word}`, detail: phrase ? "" : detail(service, key) };
}

function detail(service, key) {
  if (service.operator) return `${service.operator}${service.operator_by ? ` by ${service.operator_by}` : ""}`;
  if (key === "wait") return service.waiting_on ?? "";
  if (key === "down" || key === "part" || key === "busy") return service.last_error ?? "";
  return service.update ?? "";
}

export function rank(key) {
  const place = CONDITIONS.indexOf(key);
  return place < 0 ? CONDITIONS.length : place;
}

/** What an event says of the condition of its service from then on; null where it says nothing. */
export const AFTER_EVENT = {
  exited: "down", unhealthy: "down", startFailed: "down", restartPlanned: "down", quarantined: "down", failed: "down",
  waiting: "wait", starting: "busy", started: "busy", restarting: "busy", stopping: "busy", unblocked: "busy",
  released: "busy", draining: "busy", stopped: "off", killed: "down", paused: "off",
  healthy: "ok", ready: "ok", completed: "ok", adopted: "ok", unpaused: "ok",
};

/** Whether an event is a failure that a person should see, however short it was. */
export function isFailure(event) {
  return event.kind === "exited" || event.kind === "unhealthy" || event.kind === "startFailed"
    || event.kind === "killed";
}

/** The condition that an event's icon shows. */
export function toneOf(kind) {
  if (AFTER_EVENT[kind]) return AFTER_EVENT[kind];
  if (/^(incidentOpened|alert|breakerOpened|refusing|updateFailed|configurationRefused|hookFailed)$/.test(kind)) return "down";
  if (/^(held|suspected|breakerHalfOpen|rollingBack|updatePaused|notice)$/.test(kind)) return "part";
  if (/^(incidentEnded|forwarding|breakerClosed|mended|updated)$/.test(kind)) return "ok";
  return "note";
}
