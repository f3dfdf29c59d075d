// The moment that is looked at. It moves by itself while it plays: by the sound if there is any, else by the clock.

import { pictureOf } from "/asking.js";
import { byId, say } from "/elements.js";
import { clock } from "/words.js";

const STALE_S = 1; // a picture that is older than this was the last before the camera went

export class Player {
  #moved; #recording = null; #duration = 0; #sound = null; #heard = 0; #at = 0; #begun = null; #playing = false; #pictures = false; #loud = false;
  #asking = false; #shown = { at: null, next: null }; #wanted = null;

  // moved() is called whenever the moment or what it does has changed.
  constructor(moved) {
    this.#moved = moved;
    byId("play").addEventListener("click", () => this.toggle());
    byId("speed").addEventListener("change", () => this.#paced());
    byId("volume").addEventListener("input", (event) => this.#sound && (this.#sound.volume = Number(event.target.value)));
  }

  // Look at a recording, or again at it, which has grown.
  open(recording, duration, { pictures, sound }) {
    this.#recording = recording;
    this.#duration = duration;
    this.#pictures = pictures;
    this.#loud = sound;
    if (!this.#playing) this.#listen();
    this.#see();
  }

  // Take the sound as it is by now: a browser asks for the length of a file once.
  #listen() {
    if (!this.#loud || this.#heard >= this.#duration) return;
    this.#heard = this.#duration;
    const sound = new Audio(`/recordings/${this.#recording}/sound.wav?length=${this.#duration}`);
    sound.preload = "metadata";
    sound.addEventListener("error", () => sound === this.#sound && this.#mute());
    sound.volume = Number(byId("volume").value);
    sound.currentTime = this.#at;
    this.#sound = sound;
  }

  get at() {
    return this.#at;
  }

  get playing() {
    return this.#playing;
  }

  seek(time) {
    this.#at = Math.min(this.#duration, Math.max(0, time));
    if (this.#sound) this.#sound.currentTime = this.#at;
    if (this.#playing) this.#begun = { at: this.#at, since: performance.now() };
    this.#see();
    this.#moved();
  }

  async toggle() {
    if (this.#playing) {
      this.#stop();
      return;
    }
    if (this.#at >= this.#duration - 0.05) this.seek(0);
    this.#playing = true;
    requestAnimationFrame(() => this.#step());
    this.#moved();
    await this.#sounds();
  }

  async #sounds() {
    this.#listen();
    this.#paced();
    const sound = this.#sound;
    if (sound === null) return;
    sound.currentTime = this.#at;
    // One who pauses before it has begun aborts it: that is no failure.
    await sound.play().catch((error) => error.name !== "AbortError" && sound === this.#sound && this.#mute());
  }

  // Without its sound it goes on, by the clock; it is asked for again with the next play.
  #mute() {
    this.#sound = null;
    this.#heard = 0;
    this.#paced();
  }

  #paced() {
    this.#begun = { at: this.#at, since: performance.now() };
    if (this.#sound) this.#sound.playbackRate = Number(byId("speed").value);
  }

  #stop() {
    this.#playing = false;
    this.#sound?.pause();
    this.#moved();
  }

  #step() {
    if (!this.#playing) return;
    const { at, since } = this.#begun;
    const sound = this.#sound;
    if (sound && !sound.seeking) this.#at = sound.currentTime;
    else if (!sound) this.#at = at + (Number(byId("speed").value) * (performance.now() - since)) / 1000;
    this.#at = Math.min(this.#duration, this.#at);
    if (sound?.ended && this.#loud && this.#heard < this.#duration) this.#sounds(); // it has grown while it was played
    else if (this.#at >= this.#duration || sound?.ended) this.#stop();
    this.#see();
    this.#moved();
    requestAnimationFrame(() => this.#step());
  }

  // Draw the picture of this moment. One is asked for at a time; where that is slow, some are left out.
  async #see() {
    if (!this.#pictures || this.#recording === null) return;
    const { at, next } = this.#shown;
    this.#note();
    if (at !== null && at <= this.#at && (next === null ? this.#at - at < STALE_S : this.#at < next)) return;
    if (this.#asking) {
      this.#wanted = this.#at;
      return;
    }
    this.#asking = true;
    await this.#draw(await pictureOf(this.#recording, this.#at));
    this.#asking = false;
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted !== null) this.#see();
  }

  async #draw({ blob, at, next, failed }) {
    if (failed) return;
    this.#shown = { at: at ?? -1, next };
    const canvas = byId("picture"), drawn = blob && (await createImageBitmap(blob).catch(() => null));
    if (drawn && (canvas.width !== drawn.width || canvas.height !== drawn.height)) {
      [canvas.width, canvas.height] = [drawn.width, drawn.height];
    }
    if (drawn) canvas.getContext("2d").drawImage(drawn, 0, 0);
    else canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    this.#note();
  }

  #note() {
    const { at } = this.#shown;
    const stale = at !== null && (at < 0 || this.#at - at > STALE_S);
    byId("screen").classList.toggle("stale", stale);
    say(byId("seen"), !stale ? "" : at < 0 ? "no picture yet" : `no picture since ${clock(at)}`);
  }
}
