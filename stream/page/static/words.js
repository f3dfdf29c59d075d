// How values are written: the same signs and words as on the terminal (stream/dashboard/cells.py).

export const LOWEST = -3, HIGHEST = 3; // the ends of the scale (fsrf/common/config.py)
export const MINUS = "−", DASH = "–";
export const LABEL_SIGN = { negative: "▼", neutral: "◆", positive: "▲" };
export const STATE_SIGN = {
  starting: "◌", live: "●", stalled: "◐", lost: "✕", reconnecting: "↻", disabled: "○", ended: "■",
};
export const PART_SIGN = { present: "●", partial: "◐", missing: "○", recovered: "▒" };

// Halves go to the even number, as in Python; where a half is only apparent, `toFixed` knows better.
function fixed(value, digits) {
  const scaled = Math.abs(value) * 10 ** digits;
  const half = scaled % 1 === 0.5 && (Math.abs(value) * 1024) % 1 === 0;
  const odd = Math.floor(scaled) % 2 === 1;
  const text = half ? ((Math.floor(scaled) + odd) / 10 ** digits).toFixed(digits) : Math.abs(value).toFixed(digits);
  return value < 0 ? `-${text}` : text;
}

export function signed(value, digits = 2) {
  const text = fixed(Math.abs(value), digits);
  return (value < 0 && Number(text) !== 0 ? MINUS : "+") + text;
}

export function polarity(value) {
  return value >= 0.005 ? "positive" : value <= -0.005 ? "negative" : "neutral";
}

export function percent(share) {
  return `${fixed(100 * share, 0)} %`;
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function count(value) {
  if (value < 10_000) return String(value);
  for (const [unit, size] of [["k", 1e3], ["M", 1e6], ["G", 1e9]]) {
    if (value < 999.5 * size) return `${fixed(value / size, value < 99.95 * size ? 1 : 0)}${unit}`;
  }
  return ">999G";
}

export function age(seconds) {
  if (seconds === null) return DASH;
  if (seconds < 0.9995) return `${fixed(Math.max(0, 1000 * seconds), 0)} ms`;
  if (seconds < 99.95) return `${fixed(seconds, 1)} s`;
  return seconds < 5970 ? `${fixed(seconds / 60, 0)} min` : `${fixed(seconds / 3600, 0)} h`;
}

export function milliseconds(value) {
  if (value < 9.995) return fixed(value, 2);
  if (value < 99.95) return fixed(value, 1);
  return value < 9999.5 ? fixed(value, 0) : count(Number(fixed(value, 0)));
}

export function rate(value) {
  return value < 99.95 ? `${fixed(value, 1)}/s` : `${count(Number(fixed(value, 0)))}/s`;
}

export function shownLabel(reading) {
  return reading.unsure ? `${reading.label}?` : reading.label;
}

export function interval(reading) {
  return `${signed(reading.low)} … ${signed(reading.high)}`;
}

// How a modality was in a reading: a sign, words for it, and the look that goes with them.
export function partState(part) {
  if (part.state === "present") return { sign: PART_SIGN.present, said: "present", look: "good" };
  if (part.state === "partial") {
    return { sign: PART_SIGN.partial, said: `partly, ${percent(part.coverage)}`, look: "warn" };
  }
  const why = part.reason ? part.reason.replaceAll("_", " ") : "not there";
  if (part.recovery === null) return { sign: PART_SIGN.missing, said: "missing", look: "dim", why };
  return { sign: PART_SIGN.recovered, said: `recovered ${percent(part.recovery)}`, look: "recovered", why };
}
