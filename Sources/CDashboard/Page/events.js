// Events as they happen.

import { get } from "/assets/api.js";
import { toneOf } from "/assets/condition.js";
import { h, icon, reconcile, setText } from "/assets/dom.js";
import { clock, moment } from "/assets/format.js";
import { state } from "/assets/store.js";

/** What happened, with its subject first; a text that names it needs it no second time. */
export function story(subject, text) {
  return text.startsWith(`${subject} `) ? [h("b", null, subject), text.slice(subject.length)]
    : [h("b", null, subject), ` ${text}`];
}

export function makeEvent(event) {
  const tone = toneOf(event.kind);
  const cause = event.cause && !event.actor && !event.text.includes(event.cause) ? ` (${event.cause})` : "";
  return h("li", { "data-condition": tone },
    h("time", { class: "number", datetime: event.time, title: moment(event.time) }, clock(event.time)), icon(tone),
    h("span", { class: "what" }, ...story(event.instance ?? event.service ?? "Hale", `${event.text}${cause}`),
      event.actor ? h("span", { class: "muted" }, ` by ${event.actor}`) : null));
}

/** The newest events beside the graph. */
export class EventFeed {
  constructor(most) {
    this.most = most;
    this.list = h("ol", { class: "events" });
    this.element = h("section", { class: "panel feed", "aria-labelledby": "feed-title" },
      h("div", { class: "panel-head" }, h("h2", { id: "feed-title" }, "Events"),
        h("a", { class: "more", href: "#/events" }, "All")),
      h("div", { class: "feed-box", tabindex: 0, role: "region", "aria-label": "Newest events" }, this.list));
  }

  update() {
    reconcile(this.list, state.events.slice(0, this.most), (event) => event.id, makeEvent);
  }
}

export class EventsPage {
  constructor() {
    this.older = [];
    this.filter = h("input",
      { id: "event-filter", type: "search", placeholder: "service, kind or text", autocomplete: "off",
        spellcheck: "false", oninput: () => this.update() });
    this.pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggle() }, "Hold");
    this.list = h("ol", { class: "events" });
    this.more = h("button", { type: "button", onclick: () => this.load() }, "Older");
    this.count = h("span", { class: "muted" });
    this.element = h("section", { class: "panel", "aria-labelledby": "events-title" },
      h("div", { class: "panel-head" }, h("h2", { id: "events-title" }, "Events"), this.count,
        h("div", { class: "controls" }, h("label", { for: "event-filter" }, "Filter"), this.filter, this.pause)),
      this.list, h("div", { class: "pager" }, this.more));
    this.held = null;
  }

  toggle() {
    this.held = this.held ? null : [...state.events];
    this.pause.setAttribute("aria-pressed", String(this.held !== null));
    setText(this.pause, this.held ? "Go on" : "Hold");
    this.update();
  }

  all() {
    const newest = this.held ?? state.events;
    const last = newest.at(-1)?.id ?? Infinity;
    return [...newest, ...this.older.filter((event) => event.id < last)];
  }

  update() {
    const word = this.filter.value.toLowerCase();
    const chosen = this.all().filter((event) => `${event.kind} ${event.instance ?? event.service ?? ""} ${event.text}`.toLowerCase().includes(word));
    setText(this.count, word ? `${chosen.length} match` : this.held ? "held" : "live");
    reconcile(this.list, chosen, (event) => event.id, makeEvent);
  }

  async load() {
    const last = this.all().at(-1)?.id;
    try {
      const { events, next_before: next } = await get(`/v1/events?order=desc&limit=200${last ? `&before=${last}` : ""}`);
      this.older.push(...events);
      this.more.hidden = next === null;
      this.update();
    } catch {
      // The button is still there to try again.
    }
  }
}
