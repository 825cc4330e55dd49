// Inserts the text of the page's own messages into their region again: screen readers announce only
// what changes there after loading. Buttons aren't moved: somebody may be pressing one.
// <div role="status" data-js="announce">
const PAUSE = 500; // milliseconds, until a screen reader has read the page

export function announce(region) {
  setTimeout(() => {
    for (const words of region.querySelectorAll("p")) words.parentElement.insertBefore(words, words.nextSibling);
  }, PAUSE);
}
