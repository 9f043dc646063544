// The one sentence at the top, and whether somebody must act.

import { allDependents, state } from "/assets/store.js";
import { clock, counted, listed, span } from "/assets/format.js";

const lost = (now) => ({
  condition: "unknown",
  text: state.answered
    ? `Hale has not answered since ${clock(state.answered)}`
    : "Hale does not answer",
  advice: state.answered && now - state.answered < 20_000
    ? "It may be starting anew; services and clients go on without it. What is below is as it was."
    : "What is below is as it was. On the machine: hale status",
});

/** What to say of the stack: its condition, a sentence and an advice. */
export function verdict(now) {
  if (state.isLost) return lost(now);
  if (!state.overview) return { condition: "unknown", text: "Asking how the stack is …", advice: "" };
  const groups = Map.groupBy(state.services.values(),
    (service) => state.conditions.get(service.name)?.key ?? "unknown");
  const paused = state.overview.pause;
  const result = ofGroups(groups, now);
  if (paused) {
    result.advice = `Hale is paused until ${clock(paused.until)}${paused.by ? ` by ${paused.by}` : ""}: it repairs nothing.`;
    result.mustAct = result.condition !== "ok";
  }
  return result;
}

function ofGroups(groups, now) {
  const down = groups.get("down") ?? [];
  const part = groups.get("part") ?? [];
  if (down.length > 0) return ofFailed("down", rootsOf(down), now);
  if (part.length > 0) return ofFailed("part", rootsOf(part), now);
  const waiting = groups.get("wait") ?? [];
  const busy = groups.get("busy") ?? [];
  if (waiting.length + busy.length > 0) return ofUnderWay(waiting, busy);
  return ofWell(groups.get("off") ?? [], now);
}

/** Those at fault first: roots of open incidents, and where there are none, whoever fails. */
function rootsOf(services) {
  const roots = new Set(state.open.map((incident) => incident.root));
  const named = services.filter((service) => roots.has(service.name));
  return named.length > 0 ? named : services;
}

function ofFailed(condition, roots, now) {
  const [first] = roots;
  const { phrase, detail } = state.conditions.get(first.name);
  const text = roots.length === 1
    ? `${first.name} ${phrase}${detail ? `: ${detail}` : ""}`
    : `${listed(roots.map((service) => service.name))} ${condition === "down" ? "are down" : "are not whole"}`;
  const waiting = new Set(roots.flatMap((service) => allDependents(service.name))
    .filter((name) => state.conditions.get(name)?.key === "wait"));
  const victims = waiting.size > 0
    ? ` ${counted(waiting.size, "service")} ${waiting.size === 1 ? "waits" : "wait"} for it.` : "";
  return { condition, text: `${text}.${victims}`, ...adviceFor(roots, now) };
}

function adviceFor(roots, now) {
  const given = roots.filter((service) => service.state === "quarantined" || service.state === "failed");
  if (given.length > 0) {
    const names = listed(given.map((service) => service.name));
    const next = nextOf(given, now);
    return {
      mustAct: true,
      advice: `You must act: Hale has given up on ${names}${next ? ` until one more try ${next}` : ""}. `
        + "Mend it, then release or start it.",
    };
  }
  if (roots.every((service) => service.instances_up === service.instances)) {
    return { mustAct: false, advice: adviceForServing(roots) };
  }
  const next = nextOf(roots, now);
  return { mustAct: false, advice: `No need to act yet: Hale is repairing it${next ? `, next try ${next}` : ""}.` };
}

/** Those whose instances all pass their checks: calls to them fail, or what failed is over and still shown. */
function adviceForServing(roots) {
  if (roots.some((service) => service.breaker === "forced-open")) return "It stays so until somebody closes or resets the breaker.";
  return roots.some((service) => service.breaker === "open" || service.breaker === "half-open")
    ? "No need to act yet: Hale keeps calls away and tries it again by itself."
    : "No need to act: Hale has repaired it.";
}

function nextOf(services, now) {
  const times = services.map((service) => service.next_action_at).filter(Boolean).sort();
  if (times.length === 0) return "";
  const seconds = Math.ceil((Date.parse(times[0]) - now) / 1000);
  return seconds <= 0 ? "now" : `in ${span(seconds)}`;
}

function ofUnderWay(waiting, busy) {
  const names = listed([...busy, ...waiting].map((service) => service.name));
  const count = waiting.length + busy.length;
  const verb = busy.length === 0 ? "waiting" : busy[0].state === "stopping" ? "stopping" : "starting";
  return {
    condition: busy.length > 0 ? "busy" : "wait",
    text: `${names} ${count === 1 ? "is" : "are"} ${verb}.`,
    advice: waiting.length > 0 && waiting[0].waiting_on ? `${waiting[0].name}: ${waiting[0].waiting_on}`
      : "No need to act.",
    mustAct: false,
  };
}

function ofWell(off, now) {
  const total = state.services.size;
  if (total === 0) return { condition: "unknown", text: "This stack has no services.", advice: "", mustAct: false };
  const last = state.incidents.find((incident) => incident.state !== "open");
  const advice = last ? `No need to act. Last incident: ${story(last, now)}` : "No need to act.";
  if (off.length === 0) {
    return { condition: "ok", text: total === 1 ? `${[...state.services.keys()][0]} is well.`
      : `All ${total} services are well.`, advice, mustAct: false };
  }
  const names = listed(off.map((service) => service.name));
  const word = off[0].state === "paused" ? "paused" : "stopped";
  return {
    condition: "off",
    text: `${names} ${off.length === 1 ? "is" : "are"} ${word} by hand${total > off.length ? "; all else is well" : ""}.`,
    advice, mustAct: false,
  };
}

function story(incident, now) {
  const end = incident.ended_at ?? incident.repaired_at;
  const took = end ? ` was repaired within ${span((Date.parse(end) - Date.parse(incident.first_sign_at)) / 1000)}` : "";
  return `${incident.root} (${incident.cause})${took}, ${span(Math.max(1, Math.floor((now - Date.parse(incident.first_sign_at)) / 1000)))} ago.`;
}
