// The dependency graph: who needs whom, how each is, and whether calls get through.

import { h, s, setAttribute, setText } from "/assets/dom.js";
import { layout, NODE } from "/assets/layout.js";
import { state, worstFirst } from "/assets/store.js";
import { counted } from "/assets/format.js";

/** More nodes than this make no picture that anybody reads. */
const MOST = 36;
/** Of more services than that, so many are shown. */
const CHOSEN = 24;
const LETTERS = 13;

const BREAKERS = {
  open: ["cut", "breaker open: calls are kept away"],
  "forced-open": ["cut", "breaker opened by hand: calls are kept away"],
  "half-open": ["trial", "breaker half-open: a few calls are let through on trial"],
  closed: ["through", "breaker closed: calls go through"],
};

export class Graph {
  constructor() {
    this.svg = s("svg", { class: "graph", role: "group", "aria-label": "Dependency graph" });
    this.note = h("p", { class: "muted" });
    this.scroller = h("div", { class: "graph-box" }, this.svg);
    this.element = h("section", { class: "panel", "aria-labelledby": "graph-title" },
      h("h2", { id: "graph-title" }, "Dependencies"), this.scroller, legend(), this.note);
    this.nodes = new Map();
    this.edges = new Map();
    this.shape = "";
    this.watch = new ResizeObserver(() => this.update());
    this.watch.observe(this.scroller);
  }

  remove() {
    this.watch.disconnect();
  }

  update() {
    if (!state.overview) return;
    const names = chosen();
    const edges = edgesAmong(new Set(names));
    const width = Math.max(NODE.width + 8, Math.floor(this.scroller.clientWidth));
    const shape = JSON.stringify([width, names, edges.map((edge) => [edge.from, edge.to])]);
    if (shape !== this.shape && this.scroller.clientWidth > 0) {
      this.shape = shape;
      this.draw(names, edges, width);
    }
    const roots = new Set(state.open.map((incident) => incident.root));
    for (const [name, node] of this.nodes) paintNode(node, name, roots.has(name));
    for (const [key, edge] of this.edges) paintEdge(edge, key);
    const hidden = state.services.size - names.length;
    setText(this.note, hidden > 0
      ? `${names.length} of ${counted(state.services.size, "service")}: those that are not well, what they touch, and those that most depend on.`
      : "");
  }

  draw(names, edges, width) {
    const { places, height } = layout(names, edges, width);
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    this.edges = new Map(edges.map((edge) => [`${edge.from} ${edge.to}`, makeEdge(edge, places)]));
    this.nodes = new Map(names.map((name) => [name, makeNode(name, places.get(name))]));
    this.svg.append(...[...this.edges.values()].map((edge) => edge.group),
      ...[...this.nodes.values()].map((node) => node.link));
  }
}

function legend() {
  const line = (name, text) => h("li", null,
    s("svg", { class: "key", viewBox: "0 0 30 12", "aria-hidden": "true" },
      s("path", { d: "M1 6H29", class: `edge ${name}` }), mark(name, 15, 6)), text);
  return h("ul", { class: "legend", "aria-label": "Legend" },
    line("through", "needs"), line("trial", "half-open"),
    line("cut", "open: calls kept away"));
}

/** What stands in the middle of an edge. */
function mark(name, x, y) {
  if (name === "cut") {
    return s("g", { class: "mark cut" }, s("circle", { cx: x, cy: y, r: 6 }), s("path", { d: `M${x - 3} ${y}h6` }));
  }
  if (name === "trial") {
    return s("g", { class: "mark trial" }, s("circle", { cx: x, cy: y, r: 5 }),
      s("path", { class: "half", d: `M${x} ${y - 5}a5 5 0 0 1 0 10z` }));
  }
  return null;
}

/** All services, or of many those that matter now. */
function chosen() {
  const all = [...state.services.values()];
  if (all.length <= MOST) return all.map((service) => service.name);
  const names = new Set();
  const add = (name) => names.size < CHOSEN && state.services.has(name) && names.add(name);
  for (const service of worstFirst(all.filter((service) => state.conditions.get(service.name)?.key !== "ok"))) {
    add(service.name);
    service.depends_on.forEach((need) => add(need.service));
    (state.dependents.get(service.name) ?? []).slice(0, 4).forEach(add);
  }
  const byDependents = [...state.dependents].sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]));
  for (const [name, dependents] of byDependents.slice(0, 10)) {
    add(name);
    dependents.slice(0, 2).forEach(add);
  }
  return [...names].sort();
}

function edgesAmong(names) {
  const edges = [];
  for (const name of names) {
    for (const need of state.services.get(name)?.depends_on ?? []) {
      if (!names.has(need.service)) continue;
      edges.push({ from: name, to: need.service });
    }
  }
  return edges;
}

function makeEdge(edge, places) {
  const [from, to] = [places.get(edge.from), places.get(edge.to)];
  const start = { x: from.x + NODE.width / 2, y: from.y + NODE.height };
  const end = { x: to.x + NODE.width / 2, y: to.y - 2 };
  const bend = Math.max(18, Math.abs(end.y - start.y) / 2);
  const d = `M${start.x} ${start.y}C${start.x} ${start.y + bend} ${end.x} ${end.y - bend} ${end.x} ${end.y}`;
  const path = s("path", { d });
  const title = s("title");
  const marks = s("g");
  const tip = s("path", { class: "tip", d: `M${end.x - 4} ${end.y - 6}L${end.x} ${end.y}L${end.x + 4} ${end.y - 6}` });
  return {
    group: s("g", { class: "edge-group" }, title, path, tip, marks), path, title, marks,
    middle: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }, breaker: null,
  };
}

function paintEdge(edge, key) {
  const [from, to] = key.split(" ");
  const [name, words] = BREAKERS[state.services.get(to)?.breaker] ?? ["plain", ""];
  setAttribute(edge.path, "class", `edge ${name}`);
  setText(edge.title, `${from} needs ${to}${words ? `; ${words}` : ""}`);
  if (edge.breaker === name) return;
  edge.breaker = name;
  const drawn = mark(name, edge.middle.x, edge.middle.y);
  edge.marks.replaceChildren(...(drawn ? [drawn] : []));
}

function makeNode(name, { x, y }) {
  const box = s("rect", { class: "box", x, y, width: NODE.width, height: NODE.height, rx: 8 });
  const glyph = s("use", { x: x + 10, y: y + 9, width: 14, height: 14 });
  const shown = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
  const label = s("text", { class: "name", x: x + 30, y: y + 20 }, shown);
  const word = s("text", { class: "word", x: x + 30, y: y + 35 });
  const title = s("title");
  return {
    link: s("a", { class: "node", href: `#/services/${encodeURIComponent(name)}` }, title, box, glyph, label, word),
    glyph, word, title,
  };
}

function paintNode(node, name, isRoot) {
  const { key, word, detail } = state.conditions.get(name) ?? { key: "unknown", word: "unknown", detail: "" };
  setAttribute(node.link, "data-condition", key);
  setAttribute(node.link, "data-root", isRoot ? "" : null);
  setAttribute(node.glyph, "href", `#icon-${key}`);
  setText(node.word, isRoot ? `root · ${word}` : word);
  const needs = state.services.get(name)?.depends_on.map((need) => need.service) ?? [];
  const text = `${name}: ${word}${isRoot ? ", root of an incident" : ""}${detail ? `, ${detail}` : ""}`
    + (needs.length > 0 ? `; needs ${needs.join(", ")}` : "");
  setText(node.title, text);
  setAttribute(node.link, "aria-label", text);
}
