// The first page: what is wrong, the graph, the newest events, and all services.

import { h } from "/assets/dom.js";
import { EventFeed } from "/assets/events.js";
import { Graph } from "/assets/graph.js";
import { OpenIncidents } from "/assets/incidents.js";
import { ServiceList } from "/assets/services.js";

/** On a narrow screen the services come before the graph, as it takes all of it. */
const narrow = matchMedia("(max-width: 1100px)");

export class OverviewPage {
  constructor() {
    this.incidents = new OpenIncidents();
    this.graph = new Graph();
    this.feed = new EventFeed(40);
    this.services = new ServiceList();
    this.sides = h("div", { class: "side-by-side" }, this.graph.element, this.feed.element);
    this.element = h("div", { class: "overview" });
    this.arrange = () => this.element.replaceChildren(this.incidents.element,
      ...(narrow.matches ? [this.services.element, this.sides] : [this.sides, this.services.element]));
    this.arrange();
    narrow.addEventListener("change", this.arrange);
  }

  update(now) {
    this.incidents.update(now);
    this.graph.update();
    this.feed.update();
    this.services.update();
  }

  remove() {
    narrow.removeEventListener("change", this.arrange);
    this.graph.remove();
  }
}
