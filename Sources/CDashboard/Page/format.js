// Numbers and times for people.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toPrecision(3).replace(/\.?0+$/, "")} ${UNITS[unit]}`;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Compares what has a name by it: agent-2 is before agent-10. */
export function byName(one, other) {
  return collator.compare(one.name, other.name);
}

/** Seconds as people say them: 0.4 ms, 35 ms, 1.2 s, 3 min, 2 h, 5 d. */
export function span(seconds) {
  if (seconds < 0.01) return `${Math.max(seconds * 1000, 0).toPrecision(2).replace(/\.?0+$/, "") || 0} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1).replace(/\.0$/, "")} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function percent(share) {
  const value = share * 100;
  if (value === 0) return "0 %";
  if (value < 0.1) return "< 0.1 %";
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} %`;
}

export function clock(time) {
  return new Date(time).toLocaleTimeString([],
    { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

export function moment(time) {
  const date = new Date(time);
  const day = date.toDateString() === new Date().toDateString() ? "" : `${date.toLocaleDateString()} `;
  return day + clock(date);
}

export function ago(time, now) {
  const seconds = (now - Date.parse(time)) / 1000;
  return seconds < 1 ? "just now" : `${span(Math.floor(seconds))} ago`;
}

export function counted(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** a, b and c; of many the first and how many more. */
export function listed(names, most = 3) {
  const shown = names.length > most + 1 ? names.slice(0, most) : names;
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
