// Puts the messages that came with the page into their region once more: screen readers tell only
// what changes there after the page is loaded.
// <div role="status" data-js="announce">
const PAUSE = 500; // milliseconds, until a screen reader knows the page

export function announce(region) {
  setTimeout(() => {
    if (!region.contains(document.activeElement)) region.replaceChildren(...region.children);
  }, PAUSE);
}
