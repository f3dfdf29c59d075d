// The viewer: a list of recordings, or one of them at the moment that is looked at.

import { ask } from "/asking.js";
import { byId, element, fill, rememberKeys, say } from "/elements.js";
import { Graph } from "/graph.js";
import { Markers, moment } from "/markers.js";
import { Readout, alert, notice, showScale } from "/notes.js";
import { showLanes, showParts, showReading } from "/panels.js";
import { Player } from "/player.js";
import { day, showList } from "/recordings.js";
import { Session } from "/session.js";
import { LABEL_SIGN, STATE_SIGN, clock, interval, partState, percent, polarity, shownLabel, signed } from "/words.js";

const MODALITIES = ["text", "audio", "video"];
const MODALITY_OF = { text: "text", mic: "audio", camera: "video" };
const LOOK_EVERY_MS = 3000, LOOK_AGAIN_MS = 12_000; // at what is edited elsewhere, and at what still grows
const PAINT_EVERY_MS = 80; // while it plays: to move a line by a pixel needs no more
const NEAR_S = 450, MARGIN_S = 160; // of long recordings so much around the moment is there whole
const NOTHING_YET = "nothing was read yet";

if (location.search.includes("token=")) history.replaceState(null, "", location.pathname);
const id = new URLSearchParams(location.search).get("of");

// What the graph draws: all of it, thinned if it is long, or what is near.
const shown = {
  whole: new Session(), near: new Session(), span: 0,
  get of() { return this.span && this.near.readings.length ? this.near : this.whole; },
  get readings() { return this.of.readings; },
  get markers() { return this.of.markers; },
  get ratings() { return this.of.ratings; },
  get latest() { return this.of.latest; },
  columns() { return this.of.columns(); },
  index(time) { return this.of.index(time); },
  nearest(time) { return this.of.nearest(time); },
};
let all = null, near = null, fetching = false, painted = -Infinity, painting = 0, looked = 0, looking = false, failed = false, current = -1;

const readout = new Readout();
const player = new Player(() => soon());
const markers = new Markers(player, () => load(), notice);
const acts = {
  " ": () => player.toggle(),
  m: () => markers.mark(),
  M: () => markers.ask({}),
  r: () => markers.ask({ rating: 0 }),
  u: () => markers.undo(),
  "?": () => byId("helping").showModal(),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
};

let graph = null;
byId("help").addEventListener("click", acts["?"]);
byId("another").addEventListener("click", invite);
byId("scrub").addEventListener("input", (event) => player.seek(Number(event.target.value)));
byId("said-all").addEventListener("click", (event) => {
  const row = event.target.closest("[data-at]");
  if (row) player.seek(Number(row.dataset.at));
});
byId("spells").addEventListener("click", (event) => {
  const row = event.target.closest("[data-at]");
  if (row) player.seek(Number(row.dataset.at));
});
rememberKeys();
document.addEventListener("keydown", key);
document.addEventListener("visibilitychange", () => soon());
showScale();
if (id === null) once(list);
else {
  byId("all").hidden = true;
  byId("bar").hidden = byId("clock").hidden = byId("one").hidden = false;
  graph = new Graph(shown, MODALITIES, (_, exact) => player.seek(exact), hovered);
  for (const button of document.querySelectorAll("[data-span]")) button.addEventListener("click", () => spanned(button));
  markers.open(id);
  shown.whole.clear(Infinity);
  shown.near.clear(Infinity);
  graph.span = 0;
  alert("The recording is being read …", false);
  once(load);
}
setInterval(() => document.hidden || once(peek), LOOK_EVERY_MS);

// Look again only once the last look is over: to open a long recording may take longer than until the next.
async function once(look) {
  if (looking) return;
  looking = true;
  await look().finally(() => { looking = false; });
}

async function list() {
  const refused = await showList();
  alert(refused);
}

// Take the recording as it is by now.
async function load() {
  const told = await ask(`/recordings/${id}`);
  looked = performance.now();
  failed = Boolean(told.refused);
  byId("one").hidden = all === null && failed;
  if (failed) {
    alert(told.refused);
    return;
  }
  alert(told.torn ? "The records of this recording are damaged: it is shown up to there." : null, false);
  const first = all === null;
  all = told;
  fillIn(shown.whole, told);
  near = told.slot_s === 0 ? told : null;
  if (near !== null) fillIn(shown.near, told);
  player.open(id, told.duration_s, told);
  showWhole(first);
  soon(true);
}

function fillIn(session, stretch) {
  session.clear(Infinity);
  if (stretch.slot_s > 0) session.gap = Math.max(session.gap, 2 * stretch.slot_s);
  for (const reading of stretch.readings) session.take({ type: "reading", ...reading });
  for (const marker of stretch.marked) session.take({ type: "marker", ...marker });
  session.summary = all?.summary ?? null;
}

// Of a long recording, fetch what is around the moment whole.
async function approach() {
  if (all === null || all.slot_s === 0 || fetching) return;
  const at = player.at;
  const enough = near !== null && at - MARGIN_S >= Math.min(near.start_s, at) && near.start_s <= Math.max(0, at - MARGIN_S)
    && near.end_s >= Math.min(all.duration_s, at + MARGIN_S);
  if (enough) return;
  fetching = true;
  const of = all;
  const told = await ask(`/recordings/${id}?from=${Math.max(0, at - NEAR_S)}&to=${Math.min(all.duration_s, at + NEAR_S)}`);
  // A server that is away is not asked again with every picture.
  setTimeout(() => { fetching = false; soon(); }, told.refused ? LOOK_EVERY_MS : 0);
  if (told.refused || of !== all) return;
  near = told;
  fillIn(shown.near, told);
  showLists();
  soon(true);
}

// What others did meanwhile: edits of another page, a recording that grows, one that was deleted.
async function peek() {
  if (id === null) {
    await list();
    return;
  }
  if (all === null) {
    await load();
    return;
  }
  const said = await ask(`/recordings/${id}/state`);
  failed ||= Boolean(said.refused);
  if (said.refused) {
    alert(said.missing ? `${said.refused}: it was deleted, or moved.` : said.refused);
    if (said.missing && player.playing) player.toggle();
    return;
  }
  const wait = said.running ? LOOK_AGAIN_MS : 0;
  const news = said.state !== all.state || said.running !== all.running;
  if ((news && performance.now() - looked >= wait) || failed) await load();
}

// Draw once a frame, and more seldom while it plays.
function soon(now = false) {
  if (now) painted = -Infinity;
  if (painting || document.hidden || all === null) return;
  painting = requestAnimationFrame((time) => {
    painting = 0;
    if (player.playing && time - painted < PAINT_EVERY_MS) return;
    painted = time;
    paint();
  });
}

function paint() {
  approach();
  const at = player.at, session = near === null ? shown.whole : shown.near;
  const reading = readingAt(session, at);
  session.status = { sources: away(at) };
  showReading(reading, session);
  showParts(reading, MODALITIES);
  showLanes(reading, session, MODALITIES);
  if (reading === null) for (const name of ["interval", "sum", ...MODALITIES.map((m) => `lane-${m}`)]) say(byId(name), NOTHING_YET);
  say(byId("time"), clock(at));
  say(byId("length"), ` / ${clock(all.duration_s)}`);
  say(byId("play"), player.playing ? "Pause" : "Play");
  const scrub = byId("scrub");
  scrub.max = String(all.duration_s);
  scrub.value = String(at);
  scrub.setAttribute("aria-valuetext", `${moment(at)}, ${reading ? `${signed(reading.score)} ${shownLabel(reading)}` : NOTHING_YET}`);
  say(byId("moment"), clock(at));
  spoken(at);
  graph.show(all.duration_s, at);
  byId("plot").setAttribute("aria-label", `the score over time, at ${clock(at)} ${reading ? `${signed(reading.score)} ${shownLabel(reading)}` : "nothing"}`);
}

// The sources that were away at a moment, as the live page is told of them.
function away(at) {
  const { outages } = shown.span && near !== null ? near : all;
  const then = outages.filter((spell) => spell.start_s <= at && at < spell.end_s);
  return then.map((spell) => ({ ...spell, modality: MODALITY_OF[spell.source] }));
}

function readingAt(session, at) {
  const reading = session.readings[session.index(at + 0.001)];
  return reading && reading.end_s <= at + 0.001 ? reading : null;
}

function step(by) {
  const session = near === null ? shown.whole : shown.near, { readings } = session;
  if (!readings.length) return;
  const here = readingAt(session, player.at);
  const place = here === null ? (by > 0 ? 0 : -1) : readings.indexOf(here) + by;
  player.seek(readings[Math.min(readings.length - 1, Math.max(0, place))]?.end_s ?? 0);
}

function showWhole(first) {
  say(byId("title"), all.name);
  document.title = `${all.name} · FSRF Live`;
  const marks = [element("li", "dim", day(all.begun))];
  if (all.running) marks.push(element("li", "rec", "● REC"));
  fill(byId("marks"), marks);
  byId("film").hidden = !all.pictures && !all.sound && all.no_film === null;
  byId("one").classList.toggle("filmed", !byId("film").hidden);
  byId("screen").hidden = !all.pictures;
  byId("loud").hidden = !all.sound;
  say(byId("no-film"), all.no_film ?? (all.pictures ? (all.sound ? "" : "There is no sound.") : "There are no pictures."));
  byId("thinned").hidden = all.slot_s === 0;
  say(byId("thinned"), `All shows ${all.readings.length} of ${all.there_are.readings} readings: the extremes of every ${all.slot_s.toFixed(0)} s. 1 and 5 min show each one.`);
  showLists();
  showSum();
  if (first) player.seek(0);
}

function showLists() {
  const stretch = shown.span && near !== null ? near : all;
  markers.show(stretch, all.duration_s);
  const { said, outages, there_are: count } = stretch;
  say(byId("uttered"), count.said > said.length ? `the first ${said.length} of ${count.said}` : "");
  fill(byId("said-all"), said.length ? said.map(saidRow) : [element("li", "dim", "no words")]);
  current = -1;
  say(byId("failed"), count.outages > outages.length ? `the first ${outages.length} of ${count.outages}` : "");
  fill(byId("spells"), outages.length ? outages.map(spellRow) : [element("li", "dim", "none")]);
}

function at(time, label) {
  const button = element("button", "when", clock(time));
  button.type = "button";
  button.dataset.at = time;
  button.setAttribute("aria-label", label);
  return button;
}

function saidRow(said) {
  const text = element("span", "text", said.text);
  text.dir = "auto";
  return element("li", "", at(said.start_s, `show ${clock(said.start_s)}`), text, element("span", `figure ${polarity(said.score)}`, signed(said.score)));
}

function spellRow(spell) {
  const look = ["lost", "reconnecting", "stalled"].includes(spell.state) ? "bad" : "dim";
  const text = element("span", "text", element("span", look, `${spell.source} ${STATE_SIGN[spell.state]} ${spell.state}`), spell.reason ? element("span", "dim why", spell.reason) : null);
  return element("li", "", at(spell.start_s, `show ${clock(spell.start_s)}`), text, element("span", "figure dim", `${(spell.end_s - spell.start_s).toFixed(1)} s`));
}

// Pick out what is said at this moment, and keep it in sight while it plays.
function spoken(time) {
  const rows = byId("said-all").children, { said } = shown.span && near !== null ? near : all;
  let place = said.findLastIndex((each) => each.start_s <= time);
  if (place >= 0 && said[place].end_s < time) place = -1;
  if (place === current) return;
  if (current >= 0) rows[current]?.removeAttribute("aria-current");
  current = place;
  if (place < 0) return;
  rows[place].setAttribute("aria-current", "true");
  const box = byId("said-all"), top = rows[place].offsetTop - box.offsetTop;
  if (player.playing && (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 30)) box.scrollTop = top - 20;
}

function showSum() {
  const { summary } = all;
  say(byId("summary"), all.running ? "The session still runs." : summary === null ? "The session was cut off: there is no summary."
    : summary.score === null ? `There is no score: ${summary.reason ?? "nothing was read"}.`
    : `${signed(summary.score)} (${interval(summary)}), ${LABEL_SIGN[summary.label]} ${shownLabel(summary)}, of ${summary.windows} utterances and stretches`);
  const parts = summary === null ? [] : MODALITIES.filter((modality) => summary.modalities[modality]);
  fill(byId("whole-parts"), parts.map((modality) => sumRow(modality, summary.modalities[modality])));
  byId("whole").classList.toggle("bare", !parts.length);
}

function sumRow(modality, part) {
  const name = element("th", "", modality), { sign, said, look, why } = partState(part);
  name.scope = "row";
  const state = element("td", "state", element("span", look, `${sign} ${said}`), why ? element("span", "dim why", why) : null);
  return element("tr", "", name, state, element("td", "figure", percent(part.coverage)), element("td", `figure ${polarity(part.contribution)}`, signed(part.contribution)));
}

function spanned(button) {
  for (const each of document.querySelectorAll("[data-span]")) each.setAttribute("aria-pressed", String(each === button));
  shown.span = Number(button.dataset.span);
  graph.span = shown.span;
  if (all !== null) showLists();
  soon(true);
}

function hovered(index) {
  readout.show(index === null ? null : shown.readings[index], MODALITIES);
}

function key(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]") || all === null) return;
  if (target.matches("button, input, select, summary, a, [tabindex]") && [" ", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
  if (target.matches("select") || (!byId("keys").checked && event.key.length === 1)) return;
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  acts[event.key]();
}

async function invite() {
  const answer = await ask("/address", {});
  if (!answer.address) {
    notice(answer.refused);
    return;
  }
  byId("address").value = answer.address;
  byId("inviting").showModal();
  byId("address").select();
}
