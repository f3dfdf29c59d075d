// What is looked at: the newest reading, or a moment that somebody froze.

import { byId, say } from "/elements.js";
import { clock, signed } from "/words.js";

export class View {
  #session; #changed;

  constructor(session, changed) {
    this.#session = session;
    this.#changed = changed;
    this.at = null; // the moment that is frozen, in seconds; null if the page is live
    byId("scrub").addEventListener("input", (event) => this.#scrubbed(Number(event.target.value)));
    byId("freeze").addEventListener("click", () => this.toggle());
  }

  get reading() {
    const { readings, latest } = this.#session;
    return this.at === null || !latest ? latest : readings[this.#session.nearest(this.at)];
  }

  toggle() {
    this.freeze(this.at === null ? (this.#session.latest?.end_s ?? this.#session.status?.time_s ?? 0) : null);
  }

  // Freeze at a moment; null goes on.
  freeze(time) {
    this.at = time;
    this.#changed();
  }

  // The reading so many after this one, frozen.
  step(by) {
    const { readings } = this.#session;
    if (!readings.length) return;
    const at = this.at === null ? readings.length - 1 : this.#session.nearest(this.at);
    this.freeze(readings[Math.min(readings.length - 1, Math.max(0, at + by))].end_s);
  }

  show() {
    const { readings } = this.#session, scrub = byId("scrub"), reading = this.reading;
    const last = Math.max(0, readings.length - 1);
    scrub.disabled = !readings.length;
    scrub.max = String(last);
    scrub.value = String(this.at === null ? last : this.#session.nearest(this.at));
    const when = reading ? `${clock(reading.end_s)}, ${signed(reading.score)} ${reading.label}` : "nothing yet";
    scrub.setAttribute("aria-valuetext", this.at === null ? `now, ${when}` : when);
    say(byId("moment"), this.at === null ? "now" : clock(this.at));
    say(byId("freeze"), this.at === null ? "Freeze" : "Go on");
    byId("freeze").classList.toggle("on", this.at !== null);
  }

  #scrubbed(index) {
    const { readings } = this.#session;
    if (readings[index]) this.freeze(readings[index].end_s);
  }
}
