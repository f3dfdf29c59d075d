// The score over time, drawn by uPlot; below it one lane a modality on the same time axis.

import { byId, element } from "/elements.js";
import { HIGHEST, LOWEST, clock, partState, signed } from "/words.js";

const GUTTER = 52, RIGHT = 14;
const LANE_LOOK = { good: "--line-strong", warn: "--warn", dim: "--recovered", recovered: "--recovered" };
const LANE_HEIGHT = { present: 2, partial: 6, missing: 10 };

export class Graph {
  #session; #plot = null; #span = 60; #chosen; #hover; #at = null; #now = 0; #lanes = new Map();

  // chosen(time, exact) is called if somebody points at a moment: that of the nearest reading, and where it was;
  // hover(index | null) if somebody passes over one.
  constructor(session, modalities, chosen, hover) {
    this.#session = session;
    this.#chosen = chosen;
    this.#hover = hover;
    byId("lanes").replaceChildren(...modalities.map((modality) => this.#lane(modality)));
    new ResizeObserver(() => this.#resize()).observe(byId("plot"));
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
      matchMedia(query).addEventListener("change", () => this.#build());
    }
    this.#build();
  }

  // How many seconds are shown; 0 for all that is known.
  set span(seconds) {
    this.#span = seconds;
    this.draw();
  }

  // Show what there is until now, with the moment `at` picked out if there is one.
  show(now, at) {
    this.#now = now;
    this.#at = at;
    this.draw();
  }

  draw() {
    if (this.#plot === null || document.hidden) return;
    this.#plot.setData(this.#session.columns(), false);
    const [min, max] = this.#window();
    this.#plot.setScale("x", { min, max });
  }

  #window() {
    const first = this.#session.readings[0]?.end_s ?? 0;
    const end = Math.max(this.#now, this.#session.latest?.end_s ?? 0);
    const span = this.#span || Math.max(10, end - Math.max(0, first - 2));
    if (this.#at === null || this.#at > end - span) return [Math.max(0, end - span), Math.max(span, end)];
    const min = Math.max(0, this.#at - span / 2);
    return [min, min + span];
  }

  #lane(modality) {
    const strip = element("canvas");
    const state = element("span", "dim");
    state.id = `lane-${modality}`;
    this.#lanes.set(modality, strip);
    return element("li", "", element("span", "name", modality), element("div", "", strip, state));
  }

  #colours() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(name).trim();
  }

  #build() {
    this.#plot?.destroy();
    const colour = this.#colours();
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour("--soft"), font, ticks: { show: false }, grid: { stroke: colour("--line"), width: 1 } };
    const clear = "rgba(0,0,0,0)";
    const line = (scale) => ({ scale, stroke: clear, width: 0, points: { show: false } });
    this.#plot = new uPlot(
      {
        width: Math.max(200, byId("plot").clientWidth),
        height: Math.max(120, byId("plot").clientHeight),
        padding: [8, RIGHT, 0, 0],
        legend: { show: false },
        cursor: {
          drag: { x: false, y: false },
          points: { show: false },
          y: false,
        },
        scales: { x: { time: false }, y: { range: [LOWEST, HIGHEST] } },
        axes: [
          { ...axis, size: 28, space: 70, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400], values: (_, times) => times.map(clock) },
          { ...axis, size: GUTTER, incrs: [1], values: (_, scores) => scores.map((score) => (score ? signed(score, 0) : "0")) },
        ],
        series: [
          {},
          { ...line("y"), stroke: colour("--score"), width: 2, spanGaps: false },
          line("y"),
          line("y"),
          { ...line("y"), stroke: colour("--trend"), width: 1.5, dash: [5, 4] },
          { ...line("y"), points: { show: true, size: 7, fill: colour("--score"), stroke: colour("--panel"), width: 1.5 }, paths: () => null },
        ],
        bands: [{ series: [3, 2], fill: colour("--band") }],
        hooks: {
          draw: [(plot) => this.#overlay(plot, colour)],
          setCursor: [(plot) => this.#hover(plot.cursor.left >= 0 ? this.#session.nearest(plot.posToVal(plot.cursor.left, "x")) : null)],
        },
      },
      this.#session.columns(),
      byId("plot"),
    );
    this.#plot.over.addEventListener("click", (event) => this.#pick(event));
    this.draw();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = byId("plot");
    if (width && (this.#plot.width !== width || this.#plot.height !== height)) this.#plot.setSize({ width, height });
  }

  #pick(event) {
    const left = event.clientX - this.#plot.over.getBoundingClientRect().left;
    const { readings } = this.#session;
    const exact = this.#plot.posToVal(left, "x");
    if (readings.length) this.#chosen(readings[this.#session.nearest(exact)].end_s, exact);
  }

  // Over the lines: zero, markers, the moment that is picked out. Then the lanes, which share the axis.
  #overlay(plot, colour) {
    const { ctx, bbox } = plot, ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 8 * ratio, bbox.width, bbox.height + 8 * ratio);
    ctx.clip();
    const upright = (time, stroke, dash, width) => {
      const x = Math.round(plot.valToPos(time, "x", true));
      ctx.strokeStyle = stroke;
      ctx.lineWidth = width * ratio;
      ctx.setLineDash(dash.map((part) => part * ratio));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      return x;
    };
    const zero = Math.round(plot.valToPos(0, "y", true));
    ctx.strokeStyle = colour("--line-strong");
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, zero);
    ctx.lineTo(bbox.left + bbox.width, zero);
    ctx.stroke();
    this.#ratings(plot, colour);
    this.#markers(plot, colour, upright);
    if (this.#at !== null) upright(this.#at, colour("--ink"), [], 1);
    ctx.restore();
    for (const [modality, strip] of this.#lanes) this.#strip(plot, colour, modality, strip);
  }

  // A rating holds until the next, and the last one until now.
  #ratings(plot, colour) {
    const { ctx } = plot, { ratings } = this.#session;
    if (!ratings.length) return;
    ctx.strokeStyle = colour("--mark");
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.setLineDash([]);
    ctx.beginPath();
    ratings.forEach(({ time_s, rating }, at) => {
      const y = plot.valToPos(rating, "y", true);
      ctx[at ? "lineTo" : "moveTo"](plot.valToPos(time_s, "x", true), y);
      ctx.lineTo(plot.valToPos(ratings[at + 1]?.time_s ?? Math.max(this.#now, time_s), "x", true), y);
    });
    ctx.stroke();
  }

  // The names of markers that have room; the others keep their line.
  #markers(plot, colour, upright) {
    const { ctx, bbox } = plot, ratio = devicePixelRatio;
    ctx.font = `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    let free = -Infinity;
    for (const marker of this.#session.markers) {
      if (marker.time_s < plot.scales.x.min || marker.time_s > plot.scales.x.max) continue;
      const x = upright(marker.time_s, colour("--mark"), [3, 2], 1);
      const name = marker.name.length > 24 ? `${marker.name.slice(0, 23)}…` : marker.name;
      const wide = ctx.measureText(name).width + 8 * ratio;
      const fits = x + wide <= bbox.left + bbox.width;
      const left = fits ? x + 4 * ratio : x - wide + 4 * ratio;
      if (left < free) continue;
      ctx.fillStyle = colour("--panel");
      ctx.fillRect(left - 2 * ratio, bbox.top, wide - 4 * ratio, 14 * ratio);
      ctx.fillStyle = colour("--mark");
      ctx.fillText(name, left, bbox.top + ratio);
      free = left + wide;
    }
  }

  #strip(plot, colour, modality, strip) {
    const ratio = devicePixelRatio, tall = 12;
    const wide = plot.bbox.width / ratio;
    if (strip.width !== Math.round(wide * ratio)) {
      [strip.width, strip.height] = [Math.round(wide * ratio), tall * ratio];
      [strip.style.width, strip.style.height] = [`${wide}px`, `${tall}px`];
    }
    const ctx = strip.getContext("2d");
    ctx.clearRect(0, 0, strip.width, strip.height);
    const { readings } = this.#session;
    const end = plot.scales.x.max;
    for (let at = this.#session.index(plot.scales.x.min); at < readings.length && readings[at].end_s < end; at++) {
      const part = readings[at].modalities[modality];
      const until = Math.min(readings[at + 1]?.end_s ?? Math.max(this.#now, readings[at].end_s), end);
      const [left, right] = [readings[at].end_s, until].map((time) => Math.round(plot.valToPos(time, "x", true) - plot.bbox.left));
      const height = LANE_HEIGHT[part.state] * ratio;
      ctx.fillStyle = colour(LANE_LOOK[partState(part).look]);
      ctx.fillRect(left, (strip.height - height) / 2, Math.max(1, right - left), height);
    }
  }
}
