// Circuit breakers, and what a person can do about them.

import { get } from "/assets/api.js";
import { breakerButton } from "/assets/actions.js";
import { h, icon, reconcile } from "/assets/dom.js";
import { clock, percent } from "/assets/format.js";
import { cell, makeTable, makeTableRow } from "/assets/table.js";

const TONES = { open: "down", "forced-open": "down", "half-open": "part", closed: "ok", disabled: "off",
  "metrics-only": "off" };
const BADNESS = ["forced-open", "open", "half-open", "closed", "metrics-only", "disabled"];
const PAGE = 100;
const NUMBER = { class: "number" };

const COLUMNS = ["State", "Instance", "Port", "Failed", "Slow", "Trips", "Kept away", "Last failure", "Actions"];

function cells(breaker) {
  const tone = TONES[breaker.state] ?? "unknown";
  const until = breaker.open_until ? ` until ${clock(breaker.open_until)}` : "";
  return [
    cell("State", [icon(tone), `${breaker.state}${until}`], { class: "with-icon", "data-condition": tone }),
    cell("Instance", h("a", { href: `#/services/${encodeURIComponent(breaker.service)}` }, breaker.instance)),
    cell("Port", breaker.port, NUMBER),
    cell("Failed", breaker.failure_rate === undefined ? "–" : percent(breaker.failure_rate), NUMBER),
    cell("Slow", breaker.slow_call_rate === undefined ? "–" : percent(breaker.slow_call_rate), NUMBER),
    cell("Trips", breaker.trips, NUMBER), cell("Kept away", breaker.rejections, NUMBER),
    cell("Last failure", breaker.last_failure ?? "–"),
  ];
}

/** Rows of breakers in a table that is kept up to date. */
export class BreakerTable {
  constructor(label) {
    this.table = makeTable(label, COLUMNS);
    this.empty = h("p", { class: "muted" }, "There is no breaker now: no instance gets calls through Hale's gateway.");
    this.element = h("div", null, this.empty, this.table.element);
  }

  update(breakers) {
    this.empty.hidden = breakers.length > 0;
    this.table.element.hidden = breakers.length === 0;
    const sorted = breakers.toSorted((a, b) => BADNESS.indexOf(a.state) - BADNESS.indexOf(b.state)).slice(0, PAGE);
    reconcile(this.table.body, sorted, (breaker) => `${breaker.instance}:${breaker.port}`, (breaker) => {
      const actions = cell("Actions", ["open", "close", "reset"].map((action) => breakerButton(action, breaker)),
        { class: "row-buttons" });
      const row = makeTableRow();
      row.append(actions);
      row.actions = actions;
      return row;
    }, (row, breaker) => {
      const key = JSON.stringify(breaker);
      if (row.key === key) return;
      row.key = key;
      // The buttons stay, so that one that has the focus keeps it.
      while (row.firstChild !== row.actions) row.firstChild.remove();
      row.prepend(...cells(breaker));
    });
  }
}

export class BreakersPage {
  constructor() {
    this.table = new BreakerTable("Circuit breakers");
    this.element = h("section", { class: "panel", "aria-labelledby": "breakers-title" },
      h("h2", { id: "breakers-title" }, "Circuit breakers"),
      h("p", { class: "muted" },
        "Open keeps calls away until it is closed or reset. Close lets calls through. Reset has it begin anew, as the file says."),
      this.table.element);
    this.asked = 0;
  }

  async update(now) {
    if (now - this.asked < 900) return;
    this.asked = now;
    try {
      this.table.update((await get("/v1/breakers")).breakers);
    } catch {
      // What was shown stays; the head of the page says that Hale does not answer.
    }
  }
}
