// Markers and ratings: the list of them, and what is asked for to change one. What this page did can be undone.

import { ask } from "/asking.js";
import { byId, element, fill, say } from "/elements.js";
import { clock, signed } from "/words.js";

const RATING = "rating";
const SET_BY = { key: "dashboard", page: "page", lsl: "LSL", command: "command", python: "Python", viewer: "here" };

export class Markers {
  #player; #changed; #notice; #recording = null; #duration = 0; #marked = []; #undo = []; #edited = null; #shown = ""; #busy = false;

  // changed() is called once something was edited, notice(text) with what came of it.
  constructor(player, changed, notice) {
    this.#player = player;
    this.#changed = changed;
    this.#notice = notice;
    byId("mark").addEventListener("click", () => this.mark());
    byId("name").addEventListener("click", () => this.ask({}));
    byId("rate").addEventListener("click", () => this.ask({ rating: 0 }));
    byId("undo").addEventListener("click", () => this.undo());
    byId("here").addEventListener("click", () => (byId("when").value = moment(this.#player.at)));
    byId("editing").querySelector("[data-close]").addEventListener("click", () => byId("editing").close("cancel"));
    byId("editing").querySelector("form").addEventListener("submit", (event) => this.#submit(event));
  }

  open(recording) {
    if (recording !== this.#recording) this.#undo = [];
    this.#recording = recording;
    byId("undo").disabled = !this.#undo.length;
  }

  show(stretch, duration) {
    this.#duration = duration;
    const { marked, gone, there_are: count } = stretch;
    this.#marked = marked;
    const said = JSON.stringify([marked, gone, count]);
    if (said === this.#shown) return;
    this.#shown = said;
    say(byId("counted"), count.marked > marked.length ? `the first ${marked.length} of ${count.marked}: see less at once for the others` : "");
    const none = element("li", "dim", "none yet");
    fill(byId("markers"), marked.length ? marked.map((marker) => this.#row(marker)) : [none]);
    byId("markers").onclick = (event) => this.#clicked(event, marked);
    byId("deleted").hidden = !gone.length;
    say(byId("deleted-title"), `${count.gone} deleted`);
    fill(byId("gone"), gone.map((marker) => this.#gone(marker)));
    byId("gone").onclick = (event) => this.#clicked(event, gone);
  }

  mark() {
    const taken = new Set(this.#marked.map((marker) => marker.name));
    let number = 1;
    while (taken.has(`marker ${number}`)) number++;
    this.#put(null, { time_s: this.#player.at, name: `marker ${number}` }, null);
  }

  // Ask for what a marker is to be: one that is there, or a new one at this moment.
  ask(marker) {
    this.#edited = marker;
    const rates = marker.rating !== undefined;
    say(byId("editing-title"), `${marker.id ? "Change" : "Set"} a ${rates ? RATING : "marker"}`);
    byId("of-name").hidden = rates;
    byId("of-rating").hidden = !rates;
    byId("typed").required = !rates;
    byId("value").required = rates;
    byId("typed").value = marker.name ?? "";
    byId("value").value = rates ? marker.rating : 0;
    byId("when").value = moment(marker.time_s ?? this.#player.at);
    say(byId("unfit"), "");
    byId("editing").returnValue = "cancel";
    byId("editing").showModal();
    byId(rates ? "value" : "typed").focus();
  }

  async undo() {
    const last = this.#undo.pop();
    byId("undo").disabled = true;
    if (last && (await this.#put(last.id, last.marker, last.seen, true))) this.#undo.push(last);
    byId("undo").disabled = !this.#undo.length;
  }

  async #submit(event) {
    event.preventDefault();
    const marker = this.#edited, rates = marker.rating !== undefined;
    const time_s = seconds(byId("when").value);
    if (time_s === null || time_s > this.#duration) {
      say(byId("unfit"), `Give a moment from 0:00 to ${moment(this.#duration)}, as 1:23.4.`);
      return;
    }
    // As it is shown, a time has one decimal; one that was left alone stays as exact as it was.
    const exact = marker.time_s !== undefined && byId("when").value === moment(marker.time_s) ? marker.time_s : time_s;
    const wanted = rates
      ? { time_s: exact, name: RATING, rating: Number(byId("value").value) }
      : { time_s: exact, name: byId("typed").value.trim() };
    if (this.#busy) return; // a second press of Enter must not set it twice
    this.#busy = true;
    const refused = await this.#put(marker.id ?? null, wanted, marker.id ? seen(marker) : null);
    this.#busy = false;
    if (refused) {
      say(byId("unfit"), refused);
      // What another page made of it meanwhile is what is changed by the next press.
      this.#edited = this.#marked.find((each) => marker.id && each.id === marker.id) ?? marker;
      return;
    }
    byId("editing").close("set");
    document.querySelector(`#markers [data-of="change-${marker.id}"]`)?.focus();
  }

  #clicked(event, markers) {
    const button = event.target.closest("[data-do]");
    const marker = markers.find((each) => each.id === button?.dataset.id);
    if (!marker) return;
    if (button.dataset.do === "go") this.#player.seek(marker.time_s);
    else if (button.dataset.do === "change") this.ask(marker);
    else if (button.dataset.do === "delete") this.#put(marker.id, null, seen(marker));
    else this.#put(marker.id, seen(marker), null);
  }

  async #put(id, marker, before, undoing = false) {
    const answer = await ask(`/recordings/${this.#recording}/edits`, { id, marker, seen: before });
    if (answer.refused) {
      this.#notice(answer.refused);
      await this.#changed();
      return answer.refused;
    }
    if (!undoing) this.#undo.push({ id: answer.id, marker: before, seen: answer.marker && seen(answer.marker) });
    byId("undo").disabled = !this.#undo.length;
    this.#notice(`${undoing ? "undone: " : ""}${said(answer.marker, before)}`);
    await this.#changed();
    return null;
  }

  #row(marker) {
    const rates = marker.rating !== undefined;
    const name = element("span", "text", rates ? `${RATING} ${signed(marker.rating, 1)}` : marker.name);
    name.dir = "auto";
    return element(
      "li", "", this.#button(marker, "go", clock(marker.time_s), `show ${clock(marker.time_s)}`), name,
      element("span", "dim by", SET_BY[marker.source] ?? marker.source),
      element("span", "acts", this.#button(marker, "change", "Edit"), this.#button(marker, "delete", "Delete")),
    );
  }

  #gone(marker) {
    const name = element("span", "text dim", marker.rating === undefined ? marker.name : `${RATING} ${signed(marker.rating, 1)}`);
    name.dir = "auto";
    return element("li", "", element("span", "dim when", clock(marker.time_s)), name, this.#button(marker, "restore", "Restore"));
  }

  #button(marker, act, text, label = `${text} ${marker.name}`) {
    const button = element("button", act === "go" ? "when" : "small", text);
    button.type = "button";
    Object.assign(button.dataset, { do: act, id: marker.id, of: `${act}-${marker.id}` });
    button.setAttribute("aria-label", label);
    return button;
  }
}

const seen = ({ time_s, name, rating }) => (rating === undefined ? { time_s, name } : { time_s, name, rating });

function said(marker, before) {
  if (marker === null) return `${before.name} is deleted`;
  const rated = marker.rating === undefined ? marker.name : `${RATING} ${signed(marker.rating, 1)}`;
  return `${moment(marker.time_s)} is marked: ${rated}`;
}

// 1:23.4, and 1:02:03.4.
export function moment(time) {
  const tenths = Math.round(10 * Math.max(0, time));
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
}

function seconds(text) {
  if (!/^\s*(\d{1,4}:){0,2}\d{1,6}(\.\d{0,3})?\s*$/.test(text)) return null;
  return text.trim().split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
}
