// The list of recordings.

import { ask } from "/asking.js";
import { byId, element, fill, say } from "/elements.js";
import { clock, signed } from "/words.js";

const INPUTS = { camera: "camera", mic: "microphone", text: "text" };

export async function showList() {
  const list = await ask("/recordings");
  if (list.refused) return list.refused;
  const { recordings, folder, there_are: count } = list;
  say(byId("title"), "FSRF Live recordings");
  const shown = count > recordings.length ? `the newest ${recordings.length} of ${count}` : count === 1 ? "1 recording" : `${count} recordings`;
  say(byId("found"), `${folder}: ${shown}`);
  const none = element("li", "dim", "There are no recordings here yet: fsrf live --record makes one.");
  fill(byId("recordings"), recordings.length ? recordings.map(row) : [none]);
  return null;
}

// 2026-11-29 10:15, on the clock of this machine.
export function day(begun) {
  if (begun === null) return "time unknown";
  const date = new Date(begun), two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function row(recording) {
  const { wrong, running } = recording;
  if (wrong !== null) {
    return element("li", "recording", element("span", "strong called", recording.name), element("span", "bad what", wrong));
  }
  const link = element("a", "strong called", recording.name);
  link.href = `/?of=${recording.id}`;
  const { markers, ratings, summary, media } = recording;
  const counted = (number, one) => (number ? `${number} ${one}${number === 1 ? "" : "s"}` : null);
  const facts = [
    day(recording.begun), clock(recording.length_s), recording.inputs.map((input) => INPUTS[input] ?? input).join(", "),
    media ? "pictures and sound" : null, counted(markers, "marker"), counted(ratings, "rating"),
  ].filter(Boolean);
  const score = summary?.score ?? null;
  const end = running ? element("span", "bad strong end", "● REC")
    : summary === null ? element("span", "warn end", "cut off")
    : element("span", `end ${score === null ? "dim" : summary.label}`, score === null ? "no score" : `${signed(score)} ${summary.label}${summary.unsure ? "?" : ""}`);
  const what = element("span", "dim what");
  facts.forEach((fact) => what.append(element("span", "fact", fact)));
  return element("li", "recording", link, what, end);
}
