// Incidents: what failed, who suffered, what Hale did, and whether somebody must act.

import { get } from "/assets/api.js";
import { actionsFor, serviceButton } from "/assets/actions.js";
import { toneOf } from "/assets/condition.js";
import { h, icon, reconcile, sentence, setText } from "/assets/dom.js";
import { story } from "/assets/events.js";
import { ago, clock, moment, span } from "/assets/format.js";
import { state } from "/assets/store.js";
import { cell, makeTable, makeTableRow } from "/assets/table.js";

const seconds = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;
const toneOfState = (incident) => (incident.state === "open" ? "down" : "ok");
const link = (name) => h("a", { href: `#/services/${encodeURIComponent(name)}` }, name);

function duration(incident, now) {
  const end = incident.ended_at ?? (incident.state === "open" ? new Date(now).toISOString() : incident.repaired_at);
  return end ? span(Math.max(0, seconds(incident.first_sign_at, end))) : "–";
}

/** The timeline of an incident; of a long one the last moments alone, where `most` is given. */
export function timeline(incident, most = Infinity) {
  const shown = incident.timeline.slice(-most);
  const left = incident.timeline.length - shown.length + incident.omitted;
  return h("ol", { class: "timeline" },
    left > 0 ? h("li", { class: "muted omitted" }, `${left} earlier or left out`) : null,
    ...shown.map((item) => h("li", { "data-condition": toneOf(item.kind) },
      h("span", { class: "offset number" }, `+${span(Math.max(0, seconds(incident.first_sign_at, item.time)))}`),
      icon(toneOf(item.kind)),
      h("span", { class: "what" }, ...story(item.instance ?? item.service ?? "Hale", item.text)))));
}

/** The card of an open incident on the overview. */
class IncidentCard {
  constructor(incident) {
    this.sentences = h("ul", { class: "sentences" });
    this.buttons = h("div", { class: "buttons" });
    this.meta = h("p", { class: "muted" });
    this.body = h("div", { class: "incident-body" });
    this.element = h("article",
      { class: "panel incident", "data-incident": incident.id, "aria-label": `Incident ${incident.id}` },
      h("div", { class: "panel-head" },
        h("h2", null, `Incident ${incident.id}: `, link(incident.root)), this.meta,
        h("a", { class: "more", href: `#/incidents/${incident.id}` }, "Whole story")),
      h("p", { class: "cause" }, h("b", null, "Cause: "), incident.cause),
      this.body);
    this.shown = "";
    this.asked = 0;
  }

  update(incident, now) {
    setText(this.meta, `began ${ago(incident.first_sign_at, now)}, ${incident.repaired_at ? "repaired, being watched" : "not over"}`);
    const shown = `${incident.timeline.length} ${incident.timeline.at(-1)?.time} ${incident.victims.length} ${state.services.get(incident.root)?.state}`;
    if (shown !== this.shown) {
      this.shown = shown;
      this.draw(incident);
      this.isStale = true;
    }
    if (now - this.asked > (this.isStale ? 300 : 2500)) {
      this.isStale = false;
      this.asked = now;
      this.explain(incident.root);
    }
  }

  draw(incident) {
    const service = state.services.get(incident.root);
    this.buttons.replaceChildren(...(service
      ? actionsFor(service).map((action) => serviceButton(action, incident.root, true)) : []));
    this.body.replaceChildren(
      h("div", null, h("h3", null, "Why, and what comes next"), this.sentences, victims(incident), this.buttons),
      h("div", null, h("h3", null, "What happened"), timeline(incident, 8)));
  }

  async explain(root) {
    try {
      const { sentences } = await get(`/v1/services/${encodeURIComponent(root)}/explanation`);
      const key = sentences.join("\n");
      if (this.said === key) return;
      this.said = key;
      this.sentences.replaceChildren(...sentences.map((text) => h("li", null, ...sentence(text))));
    } catch {
      // The card stays as it is; what is above it says that Hale does not answer.
    }
  }
}

function victims(incident) {
  if (incident.victims.length === 0) return h("p", { class: "muted" }, "No other service suffers.");
  return h("div", null, h("h3", null, "Who suffers"), h("ul", { class: "victims" },
    ...incident.victims.map((victim) => h("li", { "data-condition": victim.recovered_at ? "ok" : "wait" },
      icon(victim.recovered_at ? "ok" : "wait"), h("span", { class: "what" }, link(victim.service), " ",
        victim.recovered_at ? `well again after ${span(seconds(victim.since, victim.recovered_at))}` : victim.sign)))));
}

/** The open incidents on the overview. */
export class OpenIncidents {
  constructor() {
    this.element = h("div", { class: "open-incidents" });
    this.cards = new Map();
  }

  update(now) {
    const open = state.open.slice(0, 5);
    reconcile(this.element, open, (incident) => `${incident.id} ${incident.root} ${incident.cause}`, (incident) => {
      const card = new IncidentCard(incident);
      card.element.card = card;
      return card.element;
    }, (element, incident) => element.card.update(incident, now));
  }
}

/** The page of all incidents. */
export class IncidentsPage {
  constructor() {
    this.table = makeTable("Incidents", ["Incident", "State", "Root", "Cause", "Began", "Took", "Victims"]);
    this.empty = h("p", { class: "muted" }, "There was no incident yet.");
    this.element = h("section", { class: "panel", "aria-labelledby": "incidents-title" },
      h("h2", { id: "incidents-title" }, "Incidents"), this.empty, this.table.element);
  }

  update(now) {
    this.empty.hidden = state.incidents.length > 0;
    this.table.element.hidden = state.incidents.length === 0;
    reconcile(this.table.body, state.incidents, (incident) => incident.id, makeTableRow, (row, incident) => {
      const key = `${incident.state} ${incident.root} ${incident.cause} ${incident.victims.length} ${duration(incident, now)}`;
      if (row.key === key) return;
      row.key = key;
      row.replaceChildren(
        cell("Incident", h("a", { href: `#/incidents/${incident.id}`, "aria-label": `Incident ${incident.id}` },
          `#${incident.id}`)),
        cell("State", [icon(toneOfState(incident)), incident.state],
          { class: "with-icon", "data-condition": toneOfState(incident) }),
        cell("Root", link(incident.root)), cell("Cause", incident.cause),
          cell("Began", moment(incident.first_sign_at), { class: "number" }),
        cell("Took", duration(incident, now), { class: "number" }),
          cell("Victims", incident.victims.map((victim) => victim.service).join(", ") || "–"));
    });
  }
}

/** A line of a log as people read it: the time of day, and what was printed. */
function logLine(line) {
  const [, time, text] = /^(\d{4}-\d\d-\d\dT\S+Z) std(?:out|err) [FP] (.*)$/.exec(line) ?? [];
  return time ? `${clock(time)} ${text}` : line;
}

/** The page of one incident. */
export class IncidentPage {
  constructor(id) {
    this.id = id;
    this.element = h("section", { class: "panel", "aria-label": `Incident ${id}` },
      h("p", { class: "muted" }, "Reading the incident …"));
    this.shown = "";
    this.load();
  }

  async load() {
    try {
      this.incident = await get(`/v1/incidents/${encodeURIComponent(this.id)}`);
      this.draw();
    } catch (error) {
      this.element.replaceChildren(h("h2", null, `Incident ${this.id}`), h("p", null, error.message));
    }
  }

  update() {
    const newer = state.open.find((incident) => String(incident.id) === this.id) ?? state.incidents.find((incident) => String(incident.id) === this.id);
    const key = newer && `${newer.state} ${newer.timeline.length} ${newer.timeline.at(-1)?.time}`;
    if (!newer || key === this.shown) return;
    this.shown = key;
    this.incident = newer;
    this.draw();
  }

  draw() {
    const { incident } = this;
    const course = [["First sign", incident.first_sign_at], ["Verdict", incident.verdict_at],
      ["Repaired", incident.repaired_at], ["Over", incident.ended_at]];
    this.element.replaceChildren(
      h("div", { class: "panel-head" }, h("h2", null, `Incident ${incident.id}: `, link(incident.root)),
        h("p", { class: "with-icon", "data-condition": toneOfState(incident) }, icon(toneOfState(incident)),
          h("b", null, incident.state))),
      h("p", { class: "cause" }, h("b", null, "Cause: "), incident.cause),
      h("dl", { class: "course" }, ...course.filter(([, time]) => time).map(([name, time]) => h("div", null,
        h("dt", null, name),
          h("dd", { class: "number" },
            `${moment(time)} (+${span(Math.max(0, seconds(incident.first_sign_at, time)))})`)))),
      victims(incident), h("h3", null, "What happened"), timeline(incident),
      ...incident.logs.map((log) => h("div", null, h("h3", null, `Last lines of ${log.instance}`),
        h("pre", { tabindex: 0, "aria-label": `Last lines of ${log.instance}` }, log.lines.map(logLine).join("\n")))));
  }
}
