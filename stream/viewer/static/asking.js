// What is asked of the server. Every answer is an object; `refused` in it is why there is nothing else.

const GONE = "there is no connection: is fsrf serve still running?";

export async function ask(path, message) {
  const how = message === undefined ? {} : { method: "POST", body: JSON.stringify(message) };
  const answer = await fetch(path, { cache: "no-store", ...how }).catch(() => null);
  if (answer === null) return { refused: GONE, lost: true };
  if (!answer.headers.get("content-type")?.startsWith("application/json")) {
    return { refused: "This page was opened by another run of fsrf serve: open the address that it printed.", lost: true };
  }
  const said = await answer.json().catch(() => ({ refused: GONE, lost: true }));
  return answer.status === 404 ? { ...said, missing: true } : said;
}

// The picture of a moment: { blob, at, next }, each null if there is none.
export async function pictureOf(recording, time) {
  const answer = await fetch(`/recordings/${recording}/picture?at=${time.toFixed(3)}`).catch(() => null);
  if (!answer?.ok) return { blob: null, at: null, next: null, failed: true };
  const moment = (name) => (answer.headers.has(name) ? Number(answer.headers.get(name)) : null);
  return { blob: answer.status === 200 ? await answer.blob() : null, at: moment("picture-at"), next: moment("next-at") };
}
