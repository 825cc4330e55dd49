// Creates the image that shows a chosen picture, in the place and the shape of the current one.
import { make } from "./make.js";

export function makePreview(file, present, fail) {
  const preview = make("img", { class: present.className, alt: "Preview of the picture you chose" });
  preview.addEventListener("error", fail);
  preview.addEventListener("load", ({ target: { naturalWidth: width, naturalHeight: height } }) => { // as the macro `shape`
    preview.dataset.shape = height > 2 * width ? "tall" : width > 4 * height ? "wide" : "";
  });
  preview.src = URL.createObjectURL(file);
  return preview;
}
