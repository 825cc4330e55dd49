// Focuses the target of the URL's fragment (#comment-…): some browsers only scroll to it.
// <body data-js="target">
export function target() {
  window.addEventListener("load", () => {
    const element = document.querySelector(":target");
    for (let box = element?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (element && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
  });
}
