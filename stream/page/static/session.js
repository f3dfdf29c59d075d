// What has been told of the session, as far back as the server keeps it.

const LONGEST_GAP_S = 2.5; // as on the terminal: the line is not drawn over more

export class Session {
  constructor() {
    this.clear(0);
  }

  clear(kept) {
    this.kept = kept;
    this.gap = LONGEST_GAP_S;
    this.readings = []; // in the order of their ends; one an end, the newest answer for it
    this.events = [];
    this.markers = [];
    this.ratings = []; // markers with a value, which holds until the next
    this.said = new Map(); // by window: the newest final answer that has words
    this.summary = null;
    this.status = null;
    this.states = new Map(); // by source: the newest state
  }

  // Take one message; gives the record if it is news.
  take(message) {
    const add = this[`_${message.type}`];
    add?.call(this, message);
    return message;
  }

  get latest() {
    return this.readings.at(-1) ?? null;
  }

  // Where in `readings` the last one is whose end is not after a moment; 0 if there is none before.
  index(time) {
    let [low, high] = [0, this.readings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.readings[middle].end_s <= time) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  nearest(time) {
    const at = this.index(time), next = this.readings[at + 1];
    return next && next.end_s - time < time - this.readings[at].end_s ? at + 1 : at;
  }

  // Columns for the graph: times, scores, lows, highs, trends, finals. Nulls break the lines where nothing was said.
  columns() {
    const columns = [[], [], [], [], [], []];
    const add = (...values) => values.forEach((value, column) => columns[column].push(value));
    let before = null;
    for (const reading of this.readings) {
      if (before !== null && reading.end_s - before > this.gap) {
        add((before + reading.end_s) / 2, null, null, null, null, null);
      }
      const { end_s, score, low, high, trend, final } = reading;
      add(end_s, score, low, high, trend?.score ?? null, final ? score : null);
      before = end_s;
    }
    return columns;
  }

  _hello(message) {
    this.clear(message.kept);
  }

  _past(message) {
    for (const record of message.records) this.take(record);
  }

  _status(message) {
    this.status = message;
    // What is heard of an open window comes apart from its readings: who freezes it still sees it.
    if (this.latest && !this.latest.final) this.latest.heard = message;
  }

  _reading(reading) {
    if (reading.final && reading.text) {
      this.said.delete(reading.window);
      this.said.set(reading.window, reading);
      if (this.said.size > 100) this.said.delete(this.said.keys().next().value);
    }
    const last = this.latest;
    if (last === null || reading.end_s > last.end_s) this.readings.push(reading);
    else if (reading.end_s === last.end_s) this.readings[this.readings.length - 1] = reading;
    if (this.readings.length > this.kept) this.readings.shift();
  }

  _event(event) {
    this.events.push(event);
    this.states.set(event.source, event);
    if (this.events.length > this.kept) this.events.shift();
  }

  _marker(marker) {
    const those = marker.rating === undefined ? this.markers : this.ratings;
    those.push(marker);
    if (those.length > this.kept) those.shift();
  }

  _summary(summary) {
    this.summary = summary;
  }
}
