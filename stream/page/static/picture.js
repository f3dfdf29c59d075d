// The picture that was read, with the box of its face: only while somebody wants to see it.

import { byId, look, say } from "/elements.js";
import { wayTo } from "/feed.js";
import { clock } from "/words.js";

const AGAIN_MS = 1000, OLD_MS = 2000;
const TOO_OLD = `no picture for ${OLD_MS / 1000} s`;
const EDGE = 2; // pixels of the screen

export class Picture {
  #view; #on = false; #socket = null; #aging = 0; #drawing = false; #drawnAt = 0;

  constructor(view) {
    this.#view = view;
    byId("see").addEventListener("click", () => this.#set(!this.#on));
    document.addEventListener("visibilitychange", () => this.#connect());
  }

  // Whether there is a camera to be seen.
  show(status, over) {
    const there = !over && (status?.sources ?? []).some((view) => view.modality === "video");
    byId("see").hidden = !there;
    if (!there && this.#on) this.#set(false);
    const old = performance.now() - this.#drawnAt > OLD_MS;
    if (this.#on && this.#view.at === null && !byId("seen").hidden && old) this.#clear(TOO_OLD); // it was frozen
  }

  #set(on) {
    this.#on = on;
    say(byId("see"), on ? "Hide the picture" : "Show the picture");
    byId("see").classList.toggle("on", on);
    byId("picture").hidden = !on;
    this.#clear("waiting for a picture …");
    this.#connect();
  }

  // Without a way nothing is encoded; a page that nobody sees has none.
  #connect() {
    const wanted = this.#on && !document.hidden;
    if (!wanted) {
      this.#socket?.close();
      this.#socket = null;
      return;
    }
    if (this.#socket !== null) return;
    const socket = new WebSocket(wayTo("/pictures"));
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#draw(event.data);
    socket.onclose = ({ reason }) => {
      if (socket !== this.#socket) return;
      this.#clear(reason || "the connection is lost");
      setTimeout(() => {
        if (socket !== this.#socket) return;
        this.#socket = null;
        this.#connect();
      }, AGAIN_MS);
    };
  }

  async #draw(message) {
    if (this.#view.at !== null || this.#drawing) return;
    this.#drawing = true;
    const length = new DataView(message).getUint32(0, true);
    const said = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
    const image = await createImageBitmap(new Blob([new Uint8Array(message, 4 + length)], { type: "image/jpeg" })).catch(() => null);
    this.#drawing = false;
    if (image === null || !this.#on) return;
    const canvas = byId("seen");
    if (canvas.width !== image.width || canvas.height !== image.height) {
      canvas.width = image.width;
      canvas.height = image.height;
    }
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    image.close();
    if (said.box) frame(context, said.box);
    canvas.hidden = false;
    const face = said.reason ? said.reason.replaceAll("_", " ") : "face";
    say(byId("seen-when"), clock(said.time_s));
    say(byId("seen-face"), `${face}, read in ${Math.round(said.took_ms)} ms`);
    look(byId("seen-face"), said.reason ? "warn" : "good");
    this.#drawnAt = performance.now();
    clearTimeout(this.#aging);
    this.#aging = setTimeout(() => this.#clear(TOO_OLD), OLD_MS);
  }

  // An old picture would be taken for that of now.
  #clear(why) {
    clearTimeout(this.#aging);
    if (this.#view.at !== null && this.#on) return;
    byId("seen").hidden = true;
    say(byId("seen-when"), "");
    say(byId("seen-face"), why);
    look(byId("seen-face"), "dim");
  }
}

// Light on dark, so that it shows on any picture; of the same width on the screen however small that is.
function frame(context, [x, y, width, height]) {
  const { width: w, height: h } = context.canvas;
  const edge = EDGE * Math.max(1, w / (context.canvas.clientWidth || w));
  for (const [colour, line] of [["#000", 2 * edge], ["#fff", edge]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x * w, y * h, width * w, height * h);
  }
}
