// Says what is wrong with a chosen file, and makes a photo that is too large smaller.
const SIDE = 3_000; // pixels: more than the site shows
const QUALITY = 0.85;
const HEAD = 65_536; // bytes that show whether a file is animated: a JPEG has one frame only
// Each mark with its format: the metadata of a photo may have "ANIM" in a text.
const ANIMATED = /^GIF8|^RIFF[^]*ANIM|^.PNG[^]*acTL|^[^]{4}ftypavis/;
// Many systems report no type, or one of their own; the server decides by the content.
const NO_PICTURE = /^(video|audio|text)\/|^application\/(pdf|(x-|vnd\.)?(zip|gzip|7z|rar)\b)/;
const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;

export const size = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : megabytes(bytes));

export const isTooLarge = (file, limit) => file.size > limit && !NO_PICTURE.test(file.type);

export function problemWith(file, { dataset }) {
  if (NO_PICTURE.test(file.type)) return `“${file.name}” isn't a picture we can read. We accept ${dataset.kinds}.`;
  if (file.size <= dataset.limit) return "";
  return `This picture is ${megabytes(file.size)}. The limit is ${Math.round(dataset.limit / 1e6)} MB.`;
}

function draw(image) {
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // A JPEG has no transparency.
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return canvas;
}

// Returns a JPEG of at most `limit` bytes; null if the browser can't read the file, or it's animated.
export async function shrink(file, limit) {
  try {
    if (ANIMATED.test(await file.slice(0, HEAD).text())) return null;
    const canvas = draw(await createImageBitmap(file, { imageOrientation: "from-image" }));
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
    const name = `${file.name.replace(/\.\w+$/, "")}.jpg`;
    return blob && blob.size <= limit ? new File([blob], name, { type: "image/jpeg" }) : null;
  } catch { // no picture, or one that takes too much memory
    return null;
  }
}
