// This browser as the camera and the microphone of the session: only if that asks for it, and once a button was pressed.

import { CAPTURE, WANTED } from "/capture.js";
import { byId, look, say } from "/elements.js";
import { wayTo } from "/feed.js";

const NAMES = { camera: "camera", mic: "microphone" };
const WHYS = { NotAllowedError: "denied", NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "busy" };
const SAID = {
  denied: "the browser does not allow it", missing: "the browser knows none", busy: "another program uses it",
  failed: "it could not be started", muted: "the browser, or its system, has muted it", ended: "it was stopped in the browser",
  hidden: "the browser holds it back while this page is hidden",
  undrawn: "the browser hardly draws this page, and holds it back: bring the page to the front", stopped: "taken back",
};
const ME = crypto.randomUUID(); // so that this page is known again when it comes back
const HEAD = 16, MOST_WAITING = 1 << 18; // bytes; more that waits would come too late
const LOOK_MS = 500, AGAIN_MS = 1000;
const POLICY = 1008, TRY_AGAIN = 1013;

export class Lending {
  #devices = new Map();

  // Ask for the devices that the session wants; those that are given already go on.
  show(asks) {
    byId("lending").hidden = byId("lent-law").hidden = asks.length === 0;
    for (const row of document.querySelectorAll("[data-lend]")) {
      const role = row.dataset.lend;
      row.hidden = !asks.includes(role);
      if (!row.hidden && !this.#devices.has(role)) this.#devices.set(role, new Device(role, row));
    }
    say(byId("lending-asks"), asks.map((role) => `the ${NAMES[role]}`).join(" and "));
    say(byId("lending-to"), location.host);
  }

  // The session is over, or is another one: nothing is sent any more, and the devices are let go.
  end() {
    for (const device of this.#devices.values()) device.end();
    byId("lending").hidden = true;
  }
}

class Device {
  #role; #button; #says; #stream = null; #socket = null; #capture = null; #wanted = false; #lost = 0; #told = null;
  #given = 0; #turns = 0; #instead = false; // #given: the turn in which it is given, 0 while it is not

  constructor(role, row) {
    this.#role = role;
    this.#button = row.querySelector("button");
    this.#says = row.querySelector("[role=status]");
    this.#button.addEventListener("click", () => (this.#given ? this.#stop("stopped") : this.#give()));
    document.addEventListener("visibilitychange", () => this.#report());
    // The browser stops the tracks of a page that goes; that it has gone is the reason then.
    addEventListener("pagehide", () => this.#socket?.close());
    setInterval(() => this.#report(), LOOK_MS); // a track that a script stops tells nobody
    this.#show("not given");
  }

  end() {
    this.#stop("stopped");
  }

  async #give() {
    const turn = (this.#given = ++this.#turns);
    this.#show("asking the browser …", "warn");
    if (!(await this.#connect(this.#instead))) return;
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError"); // a page that is not secure has none
      const stream = await navigator.mediaDevices.getUserMedia(WANTED[this.#role]);
      if (turn !== this.#given) {
        letGo(stream);
        return;
      }
      this.#stream = stream;
      for (const event of ["ended", "mute", "unmute"]) this.#track.addEventListener(event, () => this.#report());
      const failed = () => {
        if (turn === this.#given) this.#stop("failed");
      };
      const capture = await CAPTURE[this.#role](stream, (busy) => this.#ready(busy), (...parts) => this.#send(...parts), failed);
      if (turn === this.#given) this.#capture = capture;
      else capture.stop();
    } catch (error) {
      if (turn === this.#given) this.#stop(WHYS[error.name] ?? "failed");
      return;
    }
    this.#report();
  }

  // Give it up: the reason is told, and the device is let go.
  #stop(why, said = SAID[why]) {
    if (!this.#given) return;
    this.#say({ type: "away", why });
    this.#given = 0;
    this.#capture?.stop();
    letGo(this.#stream);
    this.#stream = this.#capture = this.#told = null;
    this.#socket?.close();
    this.#socket = null;
    this.#show(said, why === "stopped" ? "" : "bad");
  }

  // Become the device; false if that was refused, as while another page is it.
  #connect(instead) {
    const turn = this.#given;
    return new Promise((resolve) => {
      const socket = new WebSocket(wayTo(`/devices/${this.#role}?page=${ME}${instead ? "&take=1" : ""}`));
      this.#socket = socket;
      socket.onmessage = (event) => {
        this.#hear(JSON.parse(event.data));
        resolve(true);
      };
      socket.onclose = ({ code, reason }) => {
        resolve(false);
        if (socket === this.#socket && turn === this.#given) this.#closed(code, reason);
      };
    });
  }

  #closed(code, reason) {
    this.#wanted = false;
    this.#told = null;
    this.#instead = code === TRY_AGAIN;
    if (code === POLICY || code === TRY_AGAIN || this.#capture === null) {
      this.#stop("stopped", reason || "there is no connection");
      return;
    }
    this.#show("the connection is lost: trying again …", "bad");
    const turn = this.#given;
    setTimeout(async () => {
      if (turn === this.#given && (await this.#connect(false))) this.#report();
    }, AGAIN_MS);
  }

  #hear(message) {
    if (message.type === "clock") this.#say({ type: "clock", asked: message.asked, now_ms: performance.now() });
    if (message.type === "wanted") {
      this.#wanted = message.on;
      this.#tell();
    }
  }

  get #track() {
    return this.#stream.getTracks()[0];
  }

  // Tell what has become of the device, if that is new.
  #report() {
    if (this.#capture === null || this.#socket?.readyState !== WebSocket.OPEN) return;
    if (this.#track.readyState === "ended") {
      this.#stop("ended");
      return;
    }
    const why = this.#track.muted ? "muted" : (this.#capture.held() ?? "here");
    if (why === this.#told) return;
    this.#told = why;
    const here = { type: "here", label: this.#track.label, rate_hz: this.#capture.rate };
    this.#say(why === "here" ? here : { type: "away", why });
    this.#tell();
  }

  #tell() {
    if (this.#told === null) return;
    if (this.#told !== "here") this.#show(SAID[this.#told], "bad");
    else if (this.#wanted) this.#show(`in use: ${this.#track.label}`, "good");
    else this.#show("given; the session takes nothing from it now", "warn");
  }

  // Whether there is time for one more piece; it is counted if there is none.
  #ready(busy = false) {
    if (!this.#wanted || this.#told !== "here" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    if (!busy && this.#socket.bufferedAmount < MOST_WAITING) return true;
    this.#lost += 1;
    return false;
  }

  #send(time, count, buffer) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const message = new Uint8Array(HEAD + buffer.byteLength), head = new DataView(message.buffer);
    head.setFloat64(0, time, true);
    head.setUint32(8, count, true);
    head.setUint32(12, this.#lost, true);
    message.set(new Uint8Array(buffer), HEAD);
    this.#socket.send(message);
  }

  #say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #show(text, how = "") {
    const verb = this.#given ? "Stop this" : this.#instead ? "Take over with this" : "Use this";
    say(this.#button, `${verb} ${NAMES[this.#role]}`);
    this.#button.classList.toggle("on", this.#given > 0);
    say(this.#says, text);
    look(this.#says, how || "dim");
  }
}

function letGo(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
