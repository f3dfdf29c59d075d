// The page: puts what is told into the session, and the session onto the screen.

import { Controls } from "/controls.js";
import { byId, say } from "/elements.js";
import { Feed } from "/feed.js";
import { Graph } from "/graph.js";
import {
  eventText, showEvents, showHeader, showLanes, showLatency, showParts, showReading, showSources, showSummary, showWords,
} from "/panels.js";
import { Lending } from "/lending.js";
import { Readout, alert, showScale } from "/notes.js";
import { Picture } from "/picture.js";
import { Session } from "/session.js";
import { View } from "/view.js";
import { shownLabel, signed } from "/words.js";

const MODALITIES = ["text", "audio", "video"];
const SPOKEN_EVERY_MS = 5000;

// The token in the address has been exchanged, and works no more.
if (location.search.includes("token=")) history.replaceState(null, "", location.pathname);

const session = new Session();
const view = new View(session, () => paint());
const graph = new Graph(session, MODALITIES, (time) => view.freeze(time), hovered);
const readout = new Readout();
const feed = new Feed(told, way);
const controls = new Controls(feed, session, view, MODALITIES);
const lending = new Lending();
const picture = new Picture(view);
let painting = false, spokenAt = -Infinity;

for (const button of document.querySelectorAll("[data-span]")) {
  button.addEventListener("click", () => {
    for (const each of document.querySelectorAll("[data-span]")) each.setAttribute("aria-pressed", String(each === button));
    graph.span = Number(button.dataset.span);
  });
}
document.addEventListener("visibilitychange", () => paint());
if (!["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) {
  say(byId("stays"), `What this page shows goes, encrypted, between this browser and ${location.hostname}`);
}
showScale();
paint();

function told(message) {
  session.take(message);
  if (message.type === "hello") lending.show(message.asks);
  if (message.type === "summary") lending.end();
  speak(message);
  paint();
}

// Draw once a frame, however much was told meanwhile; a page that nobody sees is not drawn at all.
function paint() {
  if (painting || document.hidden) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    const reading = view.reading;
    showHeader(session, view);
    showReading(reading, session);
    showParts(reading, MODALITIES);
    showLanes(reading, session, MODALITIES);
    showWords(session, view, reading);
    showSources(session.status);
    showLatency(session.status);
    showEvents(session);
    view.show();
    controls.show();
    picture.show(session.status, session.summary !== null);
    graph.show(session.status?.time_s ?? session.latest?.end_s ?? 0, view.at);
    const last = session.latest;
    byId("plot").setAttribute("aria-label", last ? `the score over time, at last ${signed(last.score)} ${shownLabel(last)}` : "the score over time, nothing yet");
    const over = showSummary(session.summary);
    if (over !== null) alert(over, false);
  });
}

function way(state, why = "") {
  if (state === "over" || state === "refused") lending.end();
  if (state === "open") alert(null);
  else if (state === "silent") alert("Nothing comes from the session: what is shown is old.");
  else if (state === "lost") alert(why ? `${why}: trying again …` : "The connection is lost: trying again …");
  else if (state === "refused") alert("The session is another one now: open the address that fsrf live printed.");
  else if (session.summary === null) alert("The session is over.", false);
}

// For those who listen: final readings, not too often, and what happens to sources.
function speak(message) {
  if (view.at !== null) return;
  if (message.type === "event" && message.state !== "starting") say(byId("spoken"), eventText(message));
  if (message.type === "reading" && message.final && performance.now() - spokenAt > SPOKEN_EVERY_MS) {
    spokenAt = performance.now();
    say(byId("spoken"), `${shownLabel(message)} ${signed(message.score)}`);
  }
}

function hovered(index) {
  readout.show(index === null ? null : session.readings[index], MODALITIES);
}
