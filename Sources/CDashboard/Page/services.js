// The list of services: the worst first, a page at a time.

import { h, icon, reconcile, setAttribute, setIcon, setText } from "/assets/dom.js";
import { byName, bytes, counted, percent, span } from "/assets/format.js";
import { numbers, slots } from "/assets/history.js";
import { makeLine, makeMeter, makeStrip, paintLine, paintMeter, paintStrip } from "/assets/spark.js";
import { state, worstFirst } from "/assets/store.js";

const PAGE = 50;
/** From this share of failed calls on a number is marked. */
const NOTABLE = 0.01;
const COLUMNS = ["State", "Service", "Last hour", "Latency p95", "Errors", "Restarts", "Processor", "Memory",
  "Breaker"];

const descending = (number) => (a, b) => (number(b) ?? -1) - (number(a) ?? -1) || byName(a, b);
const ORDERS = {
  worst: ["worst first", null],
  name: ["name", byName],
  latency: ["latency", descending((service) => service.traffic?.p95_seconds)],
  errors: ["errors", descending((service) => service.traffic && service.traffic.failed / service.traffic.calls)],
  restarts: ["restarts", descending((service) => service.restarts)],
  processors: ["processor", descending((service) => service.usage?.processors)],
  memory: ["memory", descending((service) => service.usage?.memory_bytes)],
};

export class ServiceList {
  constructor() {
    this.page = 0;
    this.filter = h("input",
      { id: "filter", type: "search", placeholder: "name or state", autocomplete: "off", spellcheck: "false",
        oninput: () => this.turn(0) });
    this.order = h("select", { id: "order", onchange: () => this.turn(0) },
      ...Object.entries(ORDERS).map(([value, [label]]) => h("option", { value }, label)));
    this.count = h("span", { class: "muted", "aria-live": "polite" });
    this.back = h("button", { type: "button", onclick: () => this.turn(this.page - 1) }, "Back");
    this.next = h("button", { type: "button", onclick: () => this.turn(this.page + 1) }, "Next");
    this.pager = h("div", { class: "pager" }, this.back, this.next);
    this.rows = h("div", { role: "rowgroup", class: "rows" });
    this.element = h("section", { class: "panel", "aria-labelledby": "services-title" },
      h("div", { class: "panel-head" },
        h("h2", { id: "services-title" }, "Services"), this.count,
        h("div", { class: "controls" },
          h("label", { for: "filter" }, "Filter"), this.filter,
          h("label", { for: "order" }, "Sort by"), this.order)),
      h("div", { role: "table", class: "services", "aria-labelledby": "services-title" },
        h("div", { role: "rowgroup", class: "head" },
          h("div", { role: "row", class: "service" },
            ...COLUMNS.map((name) => h("span", { role: "columnheader" }, name)))),
        this.rows),
      this.pager);
  }

  turn(page) {
    this.page = page;
    this.update();
  }

  update() {
    if (!state.overview) return;
    const chosen = this.sorted(this.matching());
    const pages = Math.max(1, Math.ceil(chosen.length / PAGE));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const shown = chosen.slice(this.page * PAGE, (this.page + 1) * PAGE);
    const now = Date.now();
    reconcile(this.rows, shown, (service) => service.name, makeRow, (row, service) => paintRow(row, service, now));
    const total = state.services.size;
    setText(this.count, chosen.length === total ? counted(total, "service")
      : `${chosen.length} of ${counted(total, "service")}`);
    this.pager.hidden = pages === 1;
    this.back.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
  }

  matching() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...state.services.values()];
    if (words.length === 0) return all;
    return all.filter((service) => {
      const text = `${service.name} ${state.conditions.get(service.name)?.word} ${service.state}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  sorted(services) {
    const compare = ORDERS[this.order.value][1];
    return compare ? services.sort(compare) : worstFirst(services);
  }
}

function part(name, label, ...children) {
  return h("span", { role: "cell", class: name, "data-label": label }, ...children);
}

function makeRow(service) {
  const parts = {
    icon: icon("unknown"), word: h("b"), detail: h("span", { class: "detail" }),
    strip: makeStrip(), latency: h("span", { class: "number" }),
      latencyLine: makeLine("latency, the last five minutes"),
    errors: h("span", { class: "number" }), errorsLine: makeLine("errors, the last five minutes"),
    restarts: h("span", { class: "number" }), processors: makeMeter(), memory: makeMeter(), breaker: h("span"),
  };
  const row = h("div", { role: "row", class: "service", "data-service": service.name },
    part("state", "State", parts.icon, parts.word),
    part("who", "Service", h("a", { href: `#/services/${encodeURIComponent(service.name)}` }, service.name),
      parts.detail),
    part("hour", "Last hour", parts.strip),
    part("latency", "Latency p95", parts.latency, parts.latencyLine),
    part("errors", "Errors", parts.errors, parts.errorsLine),
    part("restarts", "Restarts", parts.restarts),
    part("processors", "Processor", parts.processors.element),
    part("memory", "Memory", parts.memory.element),
    part("breaker", "Breaker", parts.breaker));
  row.parts = parts;
  return row;
}

function paintRow(row, service, now) {
  const { parts } = row;
  const { key, word, detail } = state.conditions.get(service.name) ?? { key: "unknown", word: "unknown", detail: "" };
  setAttribute(row, "data-condition", key);
  setIcon(parts.icon, key);
  setText(parts.word, word);
  setText(parts.detail, detail);
  paintStrip(parts.strip, slots(service.name, key, service.since, now));
  const { traffic } = service;
  setText(parts.latency, traffic?.p95_seconds === undefined ? "–" : span(traffic.p95_seconds));
  paintLine(parts.latencyLine, numbers(service.name, "p95"), 0.001);
  setText(parts.errors, traffic ? percent(traffic.failed / traffic.calls) : "–");
  setAttribute(parts.errors, "class", traffic && traffic.failed / traffic.calls >= NOTABLE ? "number bad" : "number");
  paintLine(parts.errorsLine, numbers(service.name, "errors"), 0.05);
  setText(parts.restarts, String(service.restarts));
  paintUsage(parts, service.usage);
  setText(parts.breaker, service.breaker ?? "–");
  setAttribute(parts.breaker, "class", /open/.test(service.breaker ?? "") ? "chip bad" : "muted");
}

function paintUsage(parts, usage) {
  paintMeter(parts.processors, usage?.processors, usage?.processor_limit, percent,
    (limit) => `${Number(limit.toFixed(2))} CPU`);
  paintMeter(parts.memory, usage?.memory_bytes, usage?.memory_limit_bytes, bytes);
}
