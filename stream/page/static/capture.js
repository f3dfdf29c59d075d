// From a stream of the browser to pieces: pictures as JPEG, blocks of sound, each with its capture time.

const LONGEST_SIDE = 960; // more than is looked at costs time alone; as of the pictures of any camera
const QUALITY = 0.9;
const SOUND_HZ = 16_000;

export const WANTED = {
  camera: { video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } } },
  // What a browser does to a voice for a call changes how it sounds.
  mic: { audio: { channelCount: { ideal: 1 }, echoCancellation: false, noiseSuppression: false, autoGainControl: false } },
};

const FEWEST = 4, FEWEST_MS = 2000; // so often in that time a page that is in front is drawn, whatever its camera gives
const DRIFT = 1e-4; // two clocks of one machine drift apart by less

// Both take a stream, ready(busy), whether a piece may be made now, piece(time, count, buffer), and failed(), if none can be made
// any more. They give stop(), rate, that of the sound (0 of pictures), and held(), why the browser holds pieces back, null if not.
export const CAPTURE = { camera: pictures, mic: sound };

async function pictures(stream, ready, piece, failed) {
  const encoder = new Worker("/jpeg.js");
  let over = false, busy = false, count = 0;
  encoder.onmessage = ({ data: { time, jpeg } }) => {
    if (jpeg !== null && !over) piece(time, count++, jpeg);
    busy = false;
  };
  encoder.onerror = failed; // as if its file cannot be had
  const shoot = async (time, make) => {
    if (!ready(busy)) return;
    busy = true;
    let picture;
    try {
      picture = await make();
      encoder.postMessage({ time, picture, side: LONGEST_SIDE, quality: QUALITY }, [picture]);
    } catch {
      picture?.close();
      busy = false; // one that cannot be had, as of a video that is just changing its size; the next may be
    }
  };
  const way = await ("MediaStreamTrackProcessor" in globalThis ? read : drawn)(stream, shoot).catch((error) => {
    encoder.terminate();
    throw error;
  });
  const stop = () => {
    over = true;
    way.stop();
    encoder.terminate();
  };
  return { stop, rate: 0, held: way.held };
}

// The pictures of the track itself: they come whether or not anybody sees the page.
async function read(stream, shoot) {
  const frames = new MediaStreamTrackProcessor({ track: stream.getVideoTracks()[0] }).readable.getReader();
  // A frame tells its time on a clock of which only the rate is known: what came soonest after it says where it stands.
  let late = Infinity, before = 0;
  const next = async () => {
    const { value: frame, done } = await frames.read();
    if (done) return;
    const now = performance.now(), stamp = frame.timestamp / 1000;
    late = Math.min(late + DRIFT * (now - before), now - stamp);
    before = now;
    let taken = false;
    shoot(stamp + late, () => ((taken = true), frame));
    if (!taken) frame.close();
    next();
  };
  next();
  return { stop: () => frames.cancel(), held: () => null };
}

// Of a browser without that, what a video shows of it: nothing is drawn for a page that nobody sees.
async function drawn(stream, shoot) {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  const newest = new Array(FEWEST).fill(performance.now());
  let over = false;
  const show = (now, { captureTime }) => {
    if (over) return;
    video.requestVideoFrameCallback(show);
    shoot(Math.min(captureTime ?? now, now), () => createImageBitmap(video));
  };
  video.requestVideoFrameCallback(show);
  const beat = () => {
    if (over) return;
    requestAnimationFrame(beat);
    newest.shift();
    newest.push(performance.now());
  };
  requestAnimationFrame(beat);
  const rare = () => performance.now() - newest[0] > FEWEST_MS;
  const stop = () => {
    over = true;
    video.srcObject = null;
  };
  return { stop, held: () => (document.hidden ? "hidden" : rare() ? "undrawn" : null) };
}

async function sound(stream, ready, piece) {
  const { context, source } = heard(stream);
  try {
    await context.audioWorklet.addModule("/microphone.js");
    const node = new AudioWorkletNode(context, "microphone");
    node.port.onmessage = ({ data: { first, block } }) => {
      if (ready()) piece(performance.now(), first, block.buffer);
    };
    // Somebody must take what comes out of a node, else it is not run; this takes it and plays nothing.
    source.connect(node).connect(context.createMediaStreamDestination());
    await context.resume();
  } catch (error) {
    context.close();
    throw error;
  }
  return { stop: () => context.close(), rate: context.sampleRate, held: () => null };
}

// Firefox does not change the rate of a microphone: there it is done by the program.
function heard(stream) {
  let context = new AudioContext({ sampleRate: SOUND_HZ });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    context.close();
    context = new AudioContext();
    return { context, source: context.createMediaStreamSource(stream) };
  }
}
