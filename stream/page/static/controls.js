// Buttons and keys: what they ask of the session, and what they do to the page alone.

import { byId, rememberKeys, say } from "/elements.js";
import { notice } from "/notes.js";
import { DASH, HIGHEST, LOWEST, clock, signed } from "/words.js";

const STEP = 0.5; // of ratings, as on the terminal
const SLIDE_MS = 250; // a slider passes over values that nobody means

export class Controls {
  #feed; #session; #view; #acts; #pressed = 0; #naming = false; #sliding = 0; #own = null;

  constructor(feed, session, view, modalities) {
    this.#feed = feed;
    this.#session = session;
    this.#view = view;
    this.#acts = {
      " ": () => view.toggle(),
      m: () => this.#ask("mark"),
      M: () => this.#name(),
      f: () => this.#ask("fault"),
      "+": () => this.#rate(this.#rated() + STEP),
      "=": () => this.#rate(this.#rated() + STEP), // the key of + without Shift
      "-": () => this.#rate(this.#rated() - STEP),
      0: () => this.#rate(0),
      "?": () => byId("helping").showModal(),
      ArrowLeft: () => view.step(-1),
      ArrowRight: () => view.step(1),
      Escape: () => view.freeze(null),
    };
    modalities.forEach((modality, at) => {
      this.#acts[at + 1] = () => this.#switch(modality);
      document.querySelector(`[data-cut="${modality}"]`).addEventListener("click", () => this.#switch(modality));
    });
    const click = { mark: "m", name: "M", fault: "f", help: "?" };
    for (const [id, key] of Object.entries(click)) byId(id).addEventListener("click", this.#acts[key]);
    byId("rate").addEventListener("input", (event) => this.#slide(Number(event.target.value)));
    byId("another").addEventListener("click", () => this.#invite());
    byId("copy").addEventListener("click", () => this.#copy());
    byId("naming").querySelector("form").addEventListener("submit", (event) => this.#named(event));
    byId("naming").querySelector("[data-close]").addEventListener("click", () => byId("naming").close());
    rememberKeys();
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  // Say what a button does now, and whether it can do anything.
  show() {
    const over = this.#session.summary !== null;
    for (const button of document.querySelectorAll("[data-cut]")) {
      const cut = this.#isCut(button.dataset.cut);
      say(button, `${cut ? "Restore" : "Cut"} ${button.dataset.cut}`);
      button.classList.toggle("on", cut);
      button.disabled = over;
    }
    const rated = this.#session.ratings.at(-1);
    say(byId("rated"), rated ? signed(rated.rating, 1) : DASH);
    if (rated && document.activeElement !== byId("rate")) byId("rate").value = String(rated.rating);
    for (const id of ["mark", "name", "rate", "fault", "another"]) byId(id).disabled = over;
  }

  #key(event) {
    const target = event.target;
    const single = byId("keys").checked;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
    if (target.matches("button, input, [tabindex]") && [" ", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    if (!single && event.key.length === 1) return;
    const act = Object.hasOwn(this.#acts, event.key) ? this.#acts[event.key] : null;
    if (act === null) return;
    event.preventDefault();
    act();
  }

  async #ask(act, more) {
    const answer = await this.#feed.ask(act, more);
    notice(answer.refused ?? answer.said);
    return answer;
  }

  #isCut(modality) {
    const views = (this.#session.status?.sources ?? []).filter((view) => view.modality === modality);
    return views.some((view) => view.state === "disabled");
  }

  #switch(modality) {
    this.#ask(this.#isCut(modality) ? "restore" : "cut", { modality });
  }

  // The moment is that of the key or the click: to type a name takes seconds.
  #name() {
    this.#pressed = performance.now();
    byId("typed").value = "";
    say(byId("unfit"), "");
    say(byId("naming-moment"), clock(this.#session.status?.time_s ?? 0));
    byId("naming").showModal();
  }

  // A name that is refused stays in the dialog, to be mended or tried again.
  async #named(event) {
    event.preventDefault();
    const name = byId("typed").value.trim();
    if (!name || this.#naming) return; // a second press of Enter must not set it twice
    this.#naming = true;
    const answer = await this.#ask("mark", { name, ago_s: (performance.now() - this.#pressed) / 1000 });
    this.#naming = false;
    say(byId("unfit"), answer.refused ?? "");
    if (!answer.refused) byId("naming").close();
  }

  #rated() {
    return this.#own ?? this.#session.ratings.at(-1)?.rating ?? 0;
  }

  async #rate(rating) {
    const given = Math.min(HIGHEST, Math.max(LOWEST, rating));
    this.#own = given; // until it is told, the next key goes on from here
    await this.#ask("rate", { rating: given });
    if (this.#own === given) this.#own = null;
  }

  #slide(rating) {
    clearTimeout(this.#sliding);
    this.#sliding = setTimeout(() => this.#rate(rating), SLIDE_MS);
  }

  async #invite() {
    const answer = await this.#ask("invite");
    if (!answer.address) return;
    byId("address").value = answer.address;
    byId("inviting").showModal();
    byId("address").select();
  }

  async #copy() {
    byId("address").select();
    await navigator.clipboard?.writeText(byId("address").value).catch(() => null);
  }
}
