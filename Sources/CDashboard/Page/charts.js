// Charts with axes, by dygraphs.

import { h, setText } from "/assets/dom.js";
import { rows } from "/assets/history.js";

// Its legend sets styles in a way that the page's policy forbids; the page has one of its own.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * A chart of numbers of one service. `lines` name the number, what it is called and the colour; `least` is the scale of a
 * chart that has none yet, and `ticks` are options of the axis of values.
 */
export class Chart {
  constructor(title, lines, format, least, ticks = {}) {
    this.lines = lines;
    this.format = format;
    this.least = least;
    this.ticks = ticks;
    this.plot = h("div", { class: "plot", role: "img", "aria-label": `${title}, the last five minutes` });
    this.values = lines.map((line) => h("b", { class: "number" }));
    this.element = h("figure", { class: "chart" },
      h("figcaption", null, h("span", { class: "chart-title" }, title),
        ...lines.map((line, index) => h("span", { class: `chart-key key-${line.colour}` }, `${line.label} `,
          this.values[index]))),
      this.plot);
    this.graph = null;
  }

  update(name) {
    const wanted = this.lines.map((line) => line.number);
    const data = rows(name, wanted);
    const last = data.at(-1);
    this.values.forEach((value, index) => setText(value, last?.[index + 1] == null ? "–"
      : this.format(last[index + 1])));
    if (data.length < 2 || this.plot.clientWidth === 0) return;
    const isEmpty = data.every((row) => row.slice(1).every((value) => value === null));
    const options = {
      file: data, valueRange: isEmpty ? [0, this.least] : null, dateWindow: [last[0] - 300_000, +last[0]],
        ...this.colours(),
    };
    if (this.graph) this.graph.updateOptions(options);
    else this.graph = new Dygraph(this.plot, data, { ...this.options(), ...options });
  }

  colours() {
    return {
      colors: this.lines.map((line) => colour(line.colour)), gridLineColor: colour("line"),
        axisLineColor: colour("line"),
    };
  }

  options() {
    return {
      labels: ["time", ...this.lines.map((line) => line.label)], strokeWidth: 1.6,
      series: { [this.lines[0].label]: { fillGraph: this.lines.length < 3 } },
      includeZero: true, interactionModel: {}, highlightCircleSize: 0, showLabelsOnHighlight: false,
      axes: {
        x: { pixelsPerLabel: 70, axisLabelWidth: 70 },
        y: { axisLabelFormatter: (value) => this.format(value), axisLabelWidth: 64, pixelsPerLabel: 26, ...this.ticks },
      },
    };
  }

  remove() {
    this.graph?.destroy();
    this.graph = null;
  }
}
