// The overlay for OBS: score, what is there, words. Nothing to press.

import { byId, element, fill, say } from "/elements.js";
import { Feed } from "/feed.js";
import { marksOf, showScore } from "/score.js";
import { Session } from "/session.js";
import { partState } from "/words.js";

const MODALITIES = ["text", "audio", "video"];
const LONGEST = 110;
const TROUBLE = { silent: "nothing comes", lost: "no connection", refused: "another address is needed" };

if (location.search.includes("token=")) history.replaceState(null, "", `${location.pathname}?overlay=1`);

const session = new Session();
let way = "open";
new Feed(
  (message) => {
    session.take(message);
    paint();
  },
  (state) => {
    way = state;
    paint();
  },
);

function paint() {
  const reading = session.latest, status = session.status;
  const extra = way in TROUBLE ? [["bad", TROUBLE[way]]] : [];
  showScore(reading, status?.loading ? "loading" : "listening …");
  fill(byId("marks"), marksOf(status, extra).map(([look, text]) => element("li", look, text)));
  fill(byId("chips"), MODALITIES.map((modality) => chip(modality, reading?.modalities[modality])));
  const tentative = newest(status?.tentative ?? "", LONGEST);
  say(byId("agreed"), newest(status?.words ?? reading?.text ?? "", LONGEST - tentative.length));
  say(byId("tentative"), tentative);
}

// The last words, of so many letters at most: two lines.
function newest(text, most) {
  return text.length <= most ? text : text.slice(text.length - most).replace(/^\S*\s+/, "… ");
}

function chip(modality, part) {
  if (!part) return element("li", "dim", modality);
  const { sign, look, why } = partState(part);
  return element("li", look, `${sign} ${modality}${why ? ` ${why}` : ""}`);
}

paint();
