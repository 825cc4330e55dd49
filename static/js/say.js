// Shows messages where the page has its own, in its role=status region, over the page instead
// of pushing it down: what was pressed must not move.
import { make, makeButton } from "./make.js";

export const NO_ANSWER = "We couldn't connect. Check your connection and try again.";

// `notices`: elements as partials/messages.html makes them; none takes back what stands there.
export function showNotices(notices) {
  const region = document.querySelector('[data-part="messages"]');
  if (!region.dataset.live) {
    region.style.blockSize = `${region.offsetHeight}px`;
    region.dataset.live = region.childElementCount ? "full" : "empty";
  }
  for (const notice of notices) {
    notice.append(makeButton("×", () => {
      notice.remove();
      document.querySelector("main").focus({ preventScroll: true });
    }, { class: "notice__close button button--quiet", "aria-label": "Close this message" }));
  }
  region.replaceChildren(...notices);
}

export function say(text) {
  showNotices([make("div", { class: "notice notice--error" }, make("p", {}, text))]);
}

// What an answered page says went wrong.
export function sentenceOf(page) {
  return page.querySelector("[data-sentence]")?.textContent.trim()
    || "That didn't work. Please reload the page and try again.";
}
