// The panels beside the graph. Each takes what it shows and changes only what is new.

import { bar, byId, element, fill, say } from "/elements.js";
import { marksOf, showScore } from "/score.js";
import {
  DASH, LABEL_SIGN, MINUS, STATE_SIGN, age, clock, count, milliseconds, partState, percent, polarity, rate,
  signed,
} from "/words.js";

const FULL = 1.5; // the part, in score points, that fills one side of its bar; as on the terminal
const PARTS = ["features", "engine", "emit", "processing", "wait"];
const MEANT = { processing: "the sum", wait: "a setting" };
const STATE_LOOK = { live: "good", stalled: "warn", lost: "bad", reconnecting: "warn" };
const SHOWN_BEFORE = 30;

export function showHeader(session, view) {
  const status = session.status;
  const now = Math.min(status?.time_s ?? session.latest?.end_s ?? 0, status?.duration_s ?? Infinity);
  say(byId("time"), clock(now));
  say(byId("length"), status?.duration_s ? ` / ${clock(status.duration_s)}` : "");
  const marks = [];
  if (view.at !== null) marks.push(["frozen", `FROZEN at ${clock(view.at)}`]);
  marks.push(...marksOf(status));
  if (status?.loading) marks.push(["dim", `loading ${status.loading}`]);
  if (status?.engine) marks.push(["dim", `engine ${status.engine}`]);
  fill(byId("marks"), marks.map(([look, text]) => element("li", look, text)));
  const recorded = status?.recording_media ? "pictures, sound, words, answers and features" : "words, answers and features";
  say(byId("kept"), status?.recording ? `the session is recorded where it runs: ${recorded}` : "the session is not recorded");
}

export function showReading(reading, session) {
  const status = session.status;
  const ended = session.summary !== null || status?.ended;
  showScore(reading, status?.loading ? `loading ${status.loading}` : ended ? "the end: nothing was said" : "listening …");
  say(byId("window"), reading ? `window ${reading.window}.${reading.revision} ${reading.final ? "final" : "so far"}` : "");
  fill(byId("shares"), ["positive", "neutral", "negative"].map((label) => shareRow(label, reading)));
}

function shareRow(label, reading) {
  const share = reading?.probabilities[label] ?? 0;
  const name = element("th", label, `${LABEL_SIGN[label]} ${label}`);
  name.scope = "row";
  return element(
    "tr", "", name, element("td", "wide", bar(share, label)), element("td", "figure", reading ? percent(share) : DASH),
  );
}

export function showParts(reading, modalities) {
  fill(byId("parts"), modalities.map((modality) => partRow(modality, reading)));
  if (reading === null) {
    say(byId("sum"), "waiting for the first reading");
    return;
  }
  const parts = modalities.reduce((sum, m) => sum + (reading.modalities[m]?.contribution ?? 0), 0);
  say(byId("sum"), `no evidence ${signed(reading.score - parts)}, these ${signed(parts)} = ${signed(reading.score)}`);
}

function partRow(modality, reading) {
  const name = element("th", "", modality);
  name.scope = "row";
  const part = reading?.modalities[modality];
  if (!part) {
    return element("tr", "", name, element("td", "dim", DASH), element("td", "figure", DASH), element("td", "figure", DASH));
  }
  const { sign, said, look, why } = partState(part);
  const state = element("td", "state", element("span", look, `${sign} ${said}`));
  if (why) state.append(element("span", "dim why", why));
  const missing = part.state === "missing";
  const value = missing ? DASH : signed(part.contribution);
  const drawn = missing ? bar(part.recovery ?? 0, "recovered") : bar(part.contribution / FULL, polarity(part.contribution), true);
  const figure = element("td", "figure", element("span", missing ? "dim" : polarity(part.contribution), value), drawn);
  const lost = reading.without?.[modality];
  const known = lost !== undefined;
  return element("tr", "", name, state, figure, element("td", `figure ${known ? polarity(lost) : "dim"}`, known ? signed(lost) : DASH));
}

export function showLanes(reading, session, modalities) {
  for (const modality of modalities) {
    const part = reading?.modalities[modality];
    const source = session.status?.sources.find((each) => each.modality === modality);
    const words = part ? partState(part) : null;
    const away = source && !["live", "starting", "ended"].includes(source.state) ? source : null;
    const said = words ? [words.said, words.why].filter(Boolean).join(": ") : "waiting for the first reading";
    const more = away ? ` · ${away.source} ${away.state}${away.reason ? `: ${away.reason}` : ""}` : "";
    say(byId(`lane-${modality}`), said + more);
  }
}

export function showWords(session, view, reading) {
  const status = session.status;
  const frozen = view.at !== null;
  const { words, tentative } = frozen ? wordsThen(session, reading) : { words: reading?.text, ...status };
  say(byId("agreed"), words ?? "");
  say(byId("tentative"), tentative ?? "");
  const none = !byId("said").textContent.trim();
  byId("said").scrollTop = byId("said").scrollHeight; // the newest words come last
  byId("said").classList.toggle("none", none);
  if (none) say(byId("agreed"), frozen && reading?.final ? "no words" : "no words yet");
  const now = byId("agreed").textContent;
  const before = [...session.said.values()].filter((each) => view.at === null || each.end_s <= view.at).reverse();
  if (before[0]?.text.trim() === now.trim()) before.shift();
  fill(byId("before"), before.slice(0, SHOWN_BEFORE).map(saidRow));
}

// What was heard by a reading; of one that came before this page, what its window came to.
function wordsThen(session, reading) {
  if (!reading) return {};
  const { text, heard, window } = reading;
  return { words: text || (heard?.words ?? session.said.get(window)?.text), tentative: heard?.tentative };
}

function saidRow(reading) {
  const text = element("span", "text", reading.text);
  text.dir = "auto";
  return element(
    "li", "", element("span", "when dim", clock(reading.start_s)), text,
    element("span", `figure ${polarity(reading.score)}`, signed(reading.score)),
  );
}

export function showSources(status) {
  const views = status?.sources ?? [];
  const none = element("tr", "", element("td", "dim", status ? "no sources" : "no sources yet"));
  none.firstChild.colSpan = 6;
  fill(byId("inputs"), views.length ? views.flatMap(sourceRows) : [none]);
}

function sourceRows(view) {
  const name = element("th", "", view.source);
  name.scope = "row";
  const figures = [
    rate(view.rate_hz), age(view.age_s), count(view.drops), count(view.reconnects),
  ].map((text, at) => element("td", `figure${at > 1 && text !== "0" ? " warn" : at > 1 ? " dim" : ""}`, text));
  const state = element("td", `state ${STATE_LOOK[view.state] ?? "dim"}`, `${STATE_SIGN[view.state]} ${view.state}`);
  const drift = view.drift_ppm === null ? null : `${signed(view.drift_ppm, 0)} ppm`;
  const quiet = ["live", "starting", "ended", "disabled"].includes(view.state);
  const learning = view.state === "live" && view.rest !== null && view.rest < 1;
  const said = view.reason || (learning ? `rest ${percent(view.rest)}` : "");
  const reason = said ? element("span", quiet ? "" : "bad", said) : null;
  const aside = element("td", "aside dim", reason, [said ? "" : null, view.name, drift].filter((each) => each !== null).join(" · "));
  aside.colSpan = 6;
  return [element("tr", "", name, state, ...figures), element("tr", "", aside)];
}

export function showLatency(status) {
  const parts = status?.latency ?? {};
  const names = PARTS.filter((name) => name in parts);
  const most = Math.max(0, ...names.filter((name) => !(name in MEANT)).map((name) => parts[name].p95));
  const readings = Math.max(0, ...Object.values(parts).map((part) => part.count));
  say(byId("timed"), readings ? `ms of ${readings} readings` : "");
  const none = element("tr", "", element("td", "dim", "no reading has been timed yet"));
  none.firstChild.colSpan = 5;
  fill(byId("milliseconds"), names.length ? names.map((name) => latencyRow(name, parts[name], most)) : [none]);
}

function latencyRow(name, part, most) {
  const head = element("th", "", name);
  head.scope = "row";
  const figures = [part.p50, part.p95, part.p99].map((value) => element("td", "figure", milliseconds(value)));
  const aside = name in MEANT ? element("span", "dim", MEANT[name]) : bar(most ? part.p95 / most : 0, "positive");
  return element("tr", name === "processing" ? "strong" : name === "wait" ? "dim" : "", head, ...figures, element("td", "wide", aside));
}

export function showEvents(session) {
  const said = session.status?.messages ?? session.events.map(eventText);
  const lines = said.length ? [...said].reverse() : ["nothing has happened yet"];
  fill(byId("messages"), lines.map((line) => element("li", "dim", line)));
}

export function eventText(event) {
  return `${event.time_s.toFixed(1).replace("-", MINUS)} s  ${event.source} ${event.state}${event.reason ? `: ${event.reason}` : ""}`;
}

export function showSummary(summary) {
  if (summary === null) return null;
  if (summary.score === null) return `The session is over: ${summary.reason ?? "nothing was read"}.`;
  return `The session is over. On the whole ${signed(summary.score)} (${signed(summary.low)} … ${signed(summary.high)}), `
    + `${summary.label}${summary.unsure ? "?" : ""}, in ${clock(summary.duration_s)}.`;
}
