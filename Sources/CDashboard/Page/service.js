// One service: why it is as it is, what can be done, and its numbers.

import { get } from "/assets/api.js";
import { actionsFor, serviceButton } from "/assets/actions.js";
import { BreakerTable } from "/assets/breakers.js";
import { Chart } from "/assets/charts.js";
import { h, icon, reconcile, sentence, setAttribute, setIcon, setText } from "/assets/dom.js";
import { makeEvent } from "/assets/events.js";
import { ago, bytes, listed, percent, span } from "/assets/format.js";
import { slots } from "/assets/history.js";
import { makeStrip, paintStrip } from "/assets/spark.js";
import { state } from "/assets/store.js";
import { cell, makeTable, makeTableRow } from "/assets/table.js";

const INSTANCE_COLUMNS = ["Instance", "State", "Since", "Restarts", "Process", "Address", "Last error"];

export class ServicePage {
  constructor(name) {
    this.name = name;
    this.icon = icon("unknown");
    this.word = h("b");
    this.detail = h("span", { class: "detail" });
    this.head = h("p", { class: "with-icon" }, this.icon, this.word, this.detail);
    this.buttons = h("div", { class: "buttons" });
    this.strip = makeStrip();
    this.sentences = h("ul", { class: "sentences" });
    this.relations = h("dl", { class: "course" });
    this.instances = makeTable(`Instances of ${name}`, INSTANCE_COLUMNS);
    this.breakers = new BreakerTable(`Circuit breakers of ${name}`);
    this.events = h("ol", { class: "events" });
    this.charts = makeCharts();
    this.element = this.build();
    this.asked = 0;
    this.loadEvents();
  }

  build() {
    const panel = (title, ...children) => h("section", { class: "panel", "aria-label": title }, h("h3", null, title),
      ...children);
    return h("div", { class: "service-page" },
      h("section", { class: "panel", "aria-labelledby": "service-title" },
        h("div", { class: "panel-head centred" }, h("h2", { id: "service-title" }, this.name), this.head), this.buttons,
        h("div", { class: "hour-row" }, h("span", { class: "muted" }, "Last hour"), this.strip), this.relations),
      panel("Why it is as it is", this.sentences),
      panel("Numbers since this page was opened",
        h("div", { class: "charts" }, ...this.charts.map((chart) => chart.element))),
      panel("Instances", this.instances.element),
      panel("Circuit breakers", this.breakers.element),
      panel("Events", this.events));
  }

  update(now) {
    const service = state.services.get(this.name);
    if (!service) {
      if (state.overview) setText(this.word, "the stack has no such service");
      return;
    }
    const { key, word, detail } = state.conditions.get(this.name);
    setAttribute(this.head, "data-condition", key);
    setIcon(this.icon, key);
    setText(this.word, word);
    setText(this.detail, `${detail ? `${detail}, ` : ""}since ${ago(service.since, now)}`);
    paintStrip(this.strip, slots(this.name, key, service.since, now));
    this.drawButtons(service);
    this.drawRelations(service);
    for (const chart of this.charts) chart.update(this.name);
    this.drawEvents();
    if (now - this.asked > 1500) {
      this.asked = now;
      this.load(now);
    }
  }

  drawButtons(service) {
    const actions = actionsFor(service).join();
    if (this.actions === actions) return;
    this.actions = actions;
    this.buttons.replaceChildren(...actions.split(",").map((action) => serviceButton(action, this.name)));
  }

  drawRelations(service) {
    const needs = service.depends_on.map((need) => need.service);
    const needed = state.dependents.get(this.name) ?? [];
    const key = `${needs} ${needed} ${service.restarts}`;
    if (this.related === key) return;
    this.related = key;
    const row = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
    this.relations.replaceChildren(
      row("Needs", listed(needs, 12) || "nothing"), row("Needed by", listed(needed, 12) || "nobody"),
      row("Restarts", String(service.restarts)), service.critical ? row("Critical", "the stack is down without it")
        : "");
  }

  async load(now) {
    const path = `/v1/services/${encodeURIComponent(this.name)}`;
    try {
      const [service, explanation] = await Promise.all([get(path), get(`${path}/explanation`)]);
      const key = explanation.sentences.join("\n");
      if (this.said !== key) {
        this.said = key;
        this.sentences.replaceChildren(...explanation.sentences.map((text) => h("li", null, ...sentence(text))));
      }
      reconcile(this.instances.body, service.instances, (instance) => instance.name, makeTableRow,
        (row, instance) => paintInstance(row, instance, now));
      this.breakers.update(service.instances.flatMap((instance) => instance.breakers ?? []));
    } catch {
      // What was shown stays; the head of the page says that Hale does not answer.
    }
  }

  async loadEvents() {
    try {
      this.old = (await get(`/v1/events?order=desc&limit=30&service=${encodeURIComponent(this.name)}`)).events;
      this.drawEvents();
    } catch {
      this.old = [];
    }
  }

  drawEvents() {
    const newer = state.events.filter((event) => event.service === this.name);
    const known = new Set(newer.map((event) => event.id));
    const all = [...newer, ...(this.old ?? []).filter((event) => !known.has(event.id))].sort((a, b) => b.id - a.id);
    reconcile(this.events, all.slice(0, 30), (event) => event.id, makeEvent);
  }

  remove() {
    for (const chart of this.charts) chart.remove();
  }
}

function makeCharts() {
  return [
    new Chart("Latency", [
      { number: "p50", label: "p50", colour: "chart-1" }, { number: "p95", label: "p95", colour: "chart-2" },
        { number: "p99", label: "p99", colour: "chart-3" },
    ], span, 0.1),
    new Chart("Errors", [{ number: "errors", label: "share of calls", colour: "chart-3" }], percent, 1),
    new Chart("Processor", [
      { number: "processors", label: "used", colour: "chart-1" },
        { number: "processorLimit", label: "limit", colour: "chart-3" },
    ], percent, 1),
    new Chart("Memory", [
      { number: "memory", label: "used", colour: "chart-1" },
        { number: "memoryLimit", label: "limit", colour: "chart-3" },
    ], bytes, 2 ** 28, { labelsKMG2: true }),
  ];
}

function paintInstance(row, instance, now) {
  const cells = [
    instance.name, `${instance.state}${instance.health === "none" ? "" : `, ${instance.health}`}`,
      ago(instance.since, now), instance.restarts,
    instance.pid ?? "–", instance.address ?? "–", instance.last_error ?? "–",
  ];
  if (row.childElementCount === 0) row.append(...INSTANCE_COLUMNS.map((column) => cell(column, "")));
  cells.forEach((text, index) => setText(row.children[index], String(text)));
}
