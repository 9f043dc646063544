// The small pictures in rows: strips of the last hour, lines of the last minutes, and what is used of a limit.

import { h, s, setAttribute, setText } from "/assets/dom.js";
import { SLOTS } from "/assets/history.js";

/** Heights say the same as colours do. */
const HEIGHTS = { down: 10, part: 8, wait: 7, busy: 5, off: 2, ok: 4 };

export function makeStrip() {
  return s("svg", { class: "strip", viewBox: `0 0 ${SLOTS} 10`, preserveAspectRatio: "none", role: "img" });
}

/** Draws slots of conditions; equal neighbours become one bar. */
export function paintStrip(svg, slots) {
  const key = slots.join();
  if (svg.drawn === key) return;
  svg.drawn = key;
  const bars = [];
  for (let start = 0; start < slots.length;) {
    let end = start + 1;
    while (end < slots.length && slots[end] === slots[start]) end += 1;
    const name = slots[start] ?? "none";
    const height = HEIGHTS[name] ?? 1;
    bars.push(s("rect", { class: `bar-${name}`, x: start, y: 10 - height, width: end - start, height }));
    start = end;
  }
  svg.replaceChildren(...bars);
  const bad = slots.filter((slot) => slot === "down" || slot === "part").length;
  const known = slots.filter(Boolean).length;
  const text = bad > 0 ? `failed in ${bad} of the last ${known} minutes` : `no failure in the last ${known} minutes`;
  setAttribute(svg, "aria-label", text);
}

const POINTS = 60;

export function makeLine(label) {
  return s("svg", { class: "line", viewBox: "0 0 60 16", preserveAspectRatio: "none", role: "img",
    "aria-label": label },
    s("path", { class: "area" }), s("path", { class: "stroke" }));
}

/** Draws the last five minutes, one point for five seconds; `least` is the smallest top of the scale. */
export function paintLine(svg, values, least) {
  const each = values.length / POINTS;
  const points = [];
  let top = least;
  for (let point = 0; point < POINTS; point += 1) {
    let most = NaN;
    for (let index = point * each; index < (point + 1) * each; index += 1) {
      if (!(values[index] <= most)) most = values[index] === values[index] ? values[index] : most;
    }
    points.push(most);
    if (most > top) top = most;
  }
  let stroke = "";
  let area = "";
  let isDown = false;
  points.forEach((value, x) => {
    if (Number.isNaN(value)) {
      if (isDown) area += `L${x - 0.5} 16Z`;
      isDown = false;
      return;
    }
    const y = (15 - (value / top) * 14).toFixed(1);
    stroke += `${isDown ? "L" : "M"}${x + 0.5} ${y}`;
    area += isDown ? `L${x + 0.5} ${y}` : `M${x + 0.5} 16L${x + 0.5} ${y}`;
    isDown = true;
  });
  if (isDown) area += `L${POINTS - 0.5} 16Z`;
  setAttribute(svg.children[0], "d", area || "M0 16");
  setAttribute(svg.children[1], "d", stroke || "M0 16");
}

/** A bar of what is used, and its words. */
export function makeMeter() {
  const fill = s("rect", { class: "used", x: 0, y: 0, width: 0, height: 4 });
  const bar = s("svg", { class: "meter", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "all", x: 0, y: 0, width: 100, height: 4 }), fill);
  const text = h("span");
  const limit = h("span", { class: "wide" });
  return { element: h("span", { class: "metered" }, h("span", { class: "number" }, text, limit), bar), bar, fill, text,
    limit };
}

/** What is used of a limit, which may be null; `format` says it in words. */
export function paintMeter(meter, used, limit, format, formatLimit = format) {
  const share = used !== undefined && limit ? used / limit : null;
  setText(meter.text, used === undefined ? "–" : format(used));
  setText(meter.limit, share === null ? "" : ` of ${formatLimit(limit)}`);
  setAttribute(meter.bar, "data-limited", share === null ? null : "");
  setAttribute(meter.fill, "width", share === null ? 0 : Math.min(100, share * 100).toFixed(1));
  setAttribute(meter.fill, "class", share !== null && share >= 0.9 ? "used high" : "used");
}
