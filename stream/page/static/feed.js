// The way to the session: what it tells, what is asked of it, and how the way is found again once it is lost.

const VERSION = 1;
const SOONEST_MS = 500, LATEST_MS = 8000;
const OVER = 1001, TOO_MANY = 1013;
const ANSWER_WITHIN_MS = 5000;
const SILENT_MS = 3000; // a status comes four times a second; without any, what is shown is old

// The address of a WebSocket of this server.
export function wayTo(path) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}

export class Feed {
  #told; #state; #socket = null; #asked = new Map(); #next = 1; #wait = SOONEST_MS; #over = false; #silence = 0; #silent = false; #steady = false;

  // told(message) gets each message; state("open" | "silent" | "lost" | "over" | "refused", why) how the way is.
  constructor(told, state) {
    this.#told = told;
    this.#state = state;
    this.#connect();
  }

  // Ask for an act; gives the answer. Without a way it is refused at once: an act must not come minutes late.
  ask(act, more = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return Promise.resolve({ refused: this.#over ? "the session is over" : "there is no connection" });
    }
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, act, ...more }));
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      setTimeout(() => this.#answer({ id, refused: "there is no answer" }), ANSWER_WITHIN_MS);
    });
  }

  #connect() {
    const socket = new WebSocket(wayTo("/feed"));
    this.#socket = socket;
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => this.#lost(event);
  }

  #hear(message) {
    if (message.type === "hello") {
      if (message.version !== VERSION) {
        location.reload();
        return;
      }
      this.#wait = SOONEST_MS;
      this.#state("open");
    }
    if (message.type === "answer") this.#answer(message);
    else this.#told(message);
    if (message.type === "summary") this.#over = true;
    this.#listen(message);
  }

  // A link that is dead, or a session that hangs, says nothing of it: only that nothing comes.
  #listen(message) {
    clearTimeout(this.#silence);
    if (this.#silent) this.#state("open");
    this.#silent = false;
    if (message.type === "status") this.#steady = true;
    if (!this.#steady || this.#over) return;
    this.#silence = setTimeout(() => {
      this.#silent = true;
      this.#state("silent");
    }, SILENT_MS);
  }

  #answer(message) {
    const resolve = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    resolve?.(message);
  }

  async #lost(event) {
    clearTimeout(this.#silence);
    [this.#silent, this.#steady] = [false, false];
    for (const id of [...this.#asked.keys()]) this.#answer({ id, refused: "the connection was lost" });
    if (this.#over || event.code === OVER) {
      this.#over = true;
      this.#state("over");
      return;
    }
    this.#state("lost", event.code === TOO_MANY ? event.reason : "");
    const answer = await fetch("/", { cache: "no-store" }).catch(() => null);
    if (answer?.status === 403) {
      this.#state("refused");
      return;
    }
    setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(LATEST_MS, 2 * this.#wait);
  }
}
