// Focuses the target of the URL's fragment (#comment-…): some browsers only scroll to it.
// <body data-js="target">
export default function target() {
  window.addEventListener("load", () => {
    const element = document.querySelector(":target");
    if (element && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
  });
}
