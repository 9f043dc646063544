// What was, as far as this page knows: conditions from the journal's events, numbers since it was opened.

import { AFTER_EVENT, rank } from "/assets/condition.js";

/** How far the strips go back, in minutes; one slot each. */
export const SLOTS = 60;
const SLOT = 60_000;
/** How many numbers of each kind are kept: one a second. */
const SAMPLES = 300;
const NUMBERS = ["p50", "p95", "p99", "errors", "processors", "processorLimit", "memory", "memoryLimit"];

const changes = new Map();
const series = new Map();
let sampleTimes = [];

/** Notes what an event says of its service. Events come in order. */
export function note(event) {
  const key = AFTER_EVENT[event.kind];
  if (!key || !event.service) return;
  const time = Date.parse(event.time);
  let list = changes.get(event.service);
  if (!list) changes.set(event.service, (list = []));
  list.push({ time, key });
  while (list.length > 1 && list[1].time < time - (SLOTS + 1) * SLOT) list.shift();
}

/** The worst condition in each minute of the last hour, the oldest first; null where nothing is known. */
export function slots(name, current, since, now) {
  const begin = now - SLOTS * SLOT;
  const list = timeline(name, current, since);
  const worst = new Array(SLOTS).fill(null);
  list.forEach(({ time, key }, index) => {
    const end = list[index + 1]?.time ?? now;
    const first = Math.max(0, Math.floor((time - begin) / SLOT));
    const last = Math.min(SLOTS - 1, Math.floor((end - begin) / SLOT));
    for (let slot = first; slot <= last; slot += 1) {
      if (worst[slot] === null || rank(key) < rank(worst[slot])) worst[slot] = key;
    }
  });
  return worst;
}

/** Before its first change a service was well if that was a failure; and it is now what it says it is. */
function timeline(name, current, since) {
  const list = [...(changes.get(name) ?? [])];
  const start = Date.parse(since);
  if (list.length === 0 || list.at(-1).time < start) list.push({ time: start, key: current });
  else if (list.at(-1).key !== current) list.push({ time: Math.max(start, list.at(-1).time), key: current });
  if (list[0].key === "down") list.unshift({ time: -Infinity, key: "ok" });
  return list;
}

/** Keeps the numbers of one overview. */
export function sample(overview, now) {
  sampleTimes.push(now);
  if (sampleTimes.length > SAMPLES) sampleTimes = sampleTimes.slice(-SAMPLES);
  for (const service of overview.services) {
    let kept = series.get(service.name);
    if (!kept) {
      kept = Object.fromEntries(NUMBERS.map((number) => [number, new Float64Array(SAMPLES).fill(NaN)]));
      series.set(service.name, kept);
    }
    const values = numbersOf(service);
    for (const number of NUMBERS) {
      kept[number].copyWithin(0, 1);
      kept[number][SAMPLES - 1] = values[number] ?? NaN;
    }
  }
}

function numbersOf({ traffic, usage }) {
  return {
    p50: traffic?.p50_seconds, p95: traffic?.p95_seconds, p99: traffic?.p99_seconds,
    errors: traffic ? traffic.failed / traffic.calls : undefined,
    processors: usage?.processors, processorLimit: usage?.processor_limit, memory: usage?.memory_bytes,
      memoryLimit: usage?.memory_limit_bytes,
  };
}

/** The kept numbers of a service, the oldest first; NaN where there was none. */
export function numbers(name, number) {
  return series.get(name)?.[number] ?? new Float64Array(SAMPLES).fill(NaN);
}

/** Rows of a chart: the time and each of those numbers. */
export function rows(name, wanted) {
  const offset = SAMPLES - sampleTimes.length;
  return sampleTimes.map((time, index) => [
    new Date(time), ...wanted.map((number) => {
      const value = numbers(name, number)[offset + index];
      return Number.isNaN(value) ? null : value;
    }),
  ]);
}
