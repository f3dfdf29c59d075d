// In a thread of its own, so that neither the page nor its being hidden holds a picture up: pictures to JPEG.

const canvas = new OffscreenCanvas(1, 1), context = canvas.getContext("2d", { alpha: false });

onmessage = async ({ data: { time, picture, side, quality } }) => {
  const width = picture.displayWidth ?? picture.width, height = picture.displayHeight ?? picture.height;
  const scale = Math.min(1, side / Math.max(width, height));
  canvas.width = Math.round(scale * width);
  canvas.height = Math.round(scale * height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality }).catch(() => null);
  const jpeg = blob === null ? null : await blob.arrayBuffer();
  postMessage({ time, jpeg }, jpeg === null ? [] : [jpeg]);
};
