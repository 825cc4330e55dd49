// Puts the words of the messages that came with the page into their region once more: screen readers
// tell only what changes there after the page is loaded. The buttons stay: one may be pressed just now.
// <div role="status" data-js="announce">
const PAUSE = 500; // milliseconds, until a screen reader knows the page

export function announce(region) {
  setTimeout(() => {
    for (const words of region.querySelectorAll("p")) words.parentElement.insertBefore(words, words.nextSibling);
  }, PAUSE);
}
