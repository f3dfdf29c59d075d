// The score of one reading: number, label, interval on its scale. Shared by the page and the overlay.

import { byId, look, say } from "/elements.js";
import { DASH, HIGHEST, LABEL_SIGN, LOWEST, interval, percent, polarity, shownLabel, signed } from "/words.js";

const place = (score) => (100 * (Math.min(HIGHEST, Math.max(LOWEST, score)) - LOWEST)) / (HIGHEST - LOWEST);

export function showScore(reading, waiting) {
  const [number, label, dot, span] = ["number", "label", "dot", "span"].map(byId);
  dot.hidden = span.hidden = reading === null;
  if (reading === null) {
    say(number, `${DASH}.${DASH}${DASH}`);
    look(number, "number dim");
    say(label, "no score yet");
    look(label, "label");
    say(byId("interval"), waiting);
    return;
  }
  const tone = polarity(reading.score);
  say(number, signed(reading.score));
  look(number, `number ${tone}`);
  say(label, `${LABEL_SIGN[reading.label]} ${shownLabel(reading)}  ${percent(reading.probabilities[reading.label])}`);
  look(label, `label ${reading.label}`);
  say(byId("interval"), `90 %  ${interval(reading)}`);
  dot.style.left = `${place(reading.score)}%`;
  look(dot, `dot ${tone}`);
  span.style.left = `${place(reading.low)}%`;
  span.style.width = `${place(reading.high) - place(reading.low)}%`;
  look(span, `span ${tone}`);
}

export function marksOf(status, extra = []) {
  const marks = [...extra];
  if (status?.recording) marks.unshift(["rec", `● REC${status.recording_media ? " media" : ""}`]);
  if (status?.ended) marks.push(["strong", "■ ended"]);
  for (const fault of status?.faults ?? []) marks.push(["warn", `! ${fault}`]);
  return marks;
}
