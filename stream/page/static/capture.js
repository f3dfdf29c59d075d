// From a stream of the browser to pieces: pictures as JPEG, blocks of sound, each with its capture time.

const LONGEST_SIDE = 960; // more than is looked at costs time alone; as of the pictures of any camera
const QUALITY = 0.9;
const SOUND_HZ = 16_000;

export const WANTED = {
  camera: { video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } } },
  // What a browser does to a voice for a call changes how it sounds.
  mic: { audio: { channelCount: { ideal: 1 }, echoCancellation: false, noiseSuppression: false, autoGainControl: false } },
};

// Both take a stream, ready(busy), whether a piece may be made now, and piece(time, count, buffer); they give a
// function that stops them, and the rate of the sound (0 of pictures).
export const CAPTURE = { camera: pictures, mic: sound };

async function pictures(stream, ready, piece) {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(1, 1), context = canvas.getContext("2d", { alpha: false });
  let over = false, busy = false, count = 0;
  const shoot = async (now, { captureTime }) => {
    if (over) return;
    video.requestVideoFrameCallback(shoot);
    if (!ready(busy)) return;
    busy = true;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(scale * video.videoWidth);
    canvas.height = Math.round(scale * video.videoHeight);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const jpeg = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }).catch(() => null);
    if (jpeg !== null && !over) piece(Math.min(captureTime ?? now, now), count++, await jpeg.arrayBuffer());
    busy = false;
  };
  video.requestVideoFrameCallback(shoot);
  const stop = () => {
    over = true;
    video.srcObject = null;
  };
  return { stop, rate: 0 };
}

async function sound(stream, ready, piece) {
  const { context, source } = heard(stream);
  await context.audioWorklet.addModule("/microphone.js");
  const node = new AudioWorkletNode(context, "microphone");
  node.port.onmessage = ({ data: { first, block } }) => {
    if (ready()) piece(performance.now(), first, block.buffer);
  };
  // Somebody must take what comes out of a node, else it is not run; this takes it and plays nothing.
  source.connect(node).connect(context.createMediaStreamDestination());
  await context.resume();
  return { stop: () => context.close(), rate: context.sampleRate };
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
