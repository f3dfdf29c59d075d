// In a thread of its own, so that neither the page nor its being hidden holds a picture up: pictures to JPEG.

const canvas = new OffscreenCanvas(1, 1), context = canvas.getContext("2d", { alpha: false });

// Always answers, with null for a picture that cannot be made: until then no other one is sent.
onmessage = async ({ data: { time, picture, side, quality } }) => {
  let jpeg = null;
  try {
    draw(picture, side);
    jpeg = await (await canvas.convertToBlob({ type: "image/jpeg", quality })).arrayBuffer();
  } catch {
    jpeg = null;
  } finally {
    picture.close();
    postMessage({ time, jpeg }, jpeg === null ? [] : [jpeg]);
  }
};

function draw(picture, side) {
  const width = picture.displayWidth ?? picture.width, height = picture.displayHeight ?? picture.height;
  const scale = Math.min(1, side / Math.max(width, height));
  canvas.width = Math.round(scale * width);
  canvas.height = Math.round(scale * height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close(); // a camera has few of them
}
