// Tables that become cards where the screen is narrow. The roles say what they are also where the style shows them otherwise.

import { h } from "/assets/dom.js";

/** A table with a name and columns; `element` is the whole, `body` is where the rows go. */
export function makeTable(label, columns) {
  const body = h("tbody", { role: "rowgroup" });
  const head = h("thead", { role: "rowgroup" },
    h("tr", { role: "row" }, ...columns.map((name) => h("th", { role: "columnheader", scope: "col" }, name))));
  const element = h("div", { class: "table-box", tabindex: 0, role: "region", "aria-label": label },
    h("table", { role: "table", class: "cards", "aria-label": label }, head, body));
  return { element, body, columns };
}

export function makeTableRow() {
  return h("tr", { role: "row" });
}

/** What a cell says that has nothing to say; a card leaves it out. */
const NOTHING = "–";

/** A cell of a column: children, and attributes where it has any. */
export function cell(column, children, attributes) {
  return h("td", { role: "cell", "data-label": column, "data-empty": children === NOTHING, ...attributes },
    ...[children].flat());
}
