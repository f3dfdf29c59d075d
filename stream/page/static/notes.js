// What a page says about itself: a notice that passes, a line that stays, and the line above the graph.

import { byId, look, say } from "/elements.js";
import { HIGHEST, LOWEST, clock, interval, partState, shownLabel, signed } from "/words.js";

const NOTICE_MS = 4000;
let hiding = 0;

export function notice(text) {
  say(byId("notice"), text);
  byId("notice").classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => byId("notice").classList.remove("shown"), NOTICE_MS);
}

export function alert(text, bad = true) {
  const away = byId("away");
  away.hidden = text === null;
  say(away, text ?? "");
  look(away, bad ? "bad" : "");
}

// The ends of the scale, under the score and in the help.
export function showScale() {
  say(byId("lowest"), signed(LOWEST, 0));
  say(byId("highest"), signed(HIGHEST, 0));
  say(byId("scale"), `${signed(LOWEST, 0)} most negative … ${signed(HIGHEST, 0)} most positive`);
}

// Above the graph: the reading under the pointer, or what the lines are.
export class Readout {
  #keys = [...byId("readout").childNodes];

  show(reading, modalities) {
    const readout = byId("readout");
    if (!reading) {
      if (readout.firstChild !== this.#keys[0]) readout.replaceChildren(...this.#keys);
      return;
    }
    const parts = modalities.map((m) => [m, partState(reading.modalities[m])]).filter(([, part]) => part.look !== "good");
    const missing = parts.map(([m, part]) => `${m} ${part.said}${part.why ? ` (${part.why})` : ""}`).join(", ");
    say(readout, [clock(reading.end_s), `${signed(reading.score)} ${shownLabel(reading)}`, interval(reading), missing].filter(Boolean).join("  ·  "));
  }
}
