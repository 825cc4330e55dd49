// Shows a picture large in a dialog, which Escape or a click anywhere closes.
// <a href="PICTURE" data-js="enlarge"><img alt="…" data-shape="tall" …></a>
import { make } from "./make.js";

function makeDialog(link) {
  const { alt, dataset } = link.querySelector("img");
  const close = make("button", { type: "button", class: "lightbox__close button", autofocus: "" }, "Close");
  const whole = make("img", { class: "lightbox__picture", src: link.href, alt, "data-shape": dataset.shape ?? "" });
  const dialog = make("dialog", { class: "lightbox", "aria-label": alt }, close, whole);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus({ preventScroll: true });
  });
  return dialog;
}

export function enlarge(link) {
  link.addEventListener("click", (event) => {
    // With these keys browsers open the link in a tab or window, or save it.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const dialog = makeDialog(link);
    document.body.append(dialog);
    dialog.showModal();
  });
}
