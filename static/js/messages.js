// Shows flash messages in the page's role=status region. They overlay the page: a layout shift
// would move the button that was clicked.
import { make, makeButton } from "./make.js";

export const NO_ANSWER = "We couldn't connect. Check your connection and try again.";

// `notices`: elements as in partials/messages.html; an empty list clears the region.
export function showNotices(notices) {
  const region = document.querySelector('[data-part="messages"]');
  if (!region.dataset.live) {
    region.style.blockSize = `${region.offsetHeight}px`;
    region.dataset.live = region.childElementCount ? "full" : "empty";
  }
  for (const notice of notices) {
    notice.append(makeButton("×", () => {
      notice.remove();
      document.documentElement.style.scrollPaddingBlockStart = "";
      document.querySelector("main").focus({ preventScroll: true });
    }, { class: "notice__close button button--quiet", "aria-label": "Close this message" }));
  }
  region.replaceChildren(...notices);
  // A sticky message must not cover an element that gets the focus.
  const covers = notices.length && getComputedStyle(region).position === "sticky";
  document.documentElement.style.scrollPaddingBlockStart = covers ? `${notices[0].offsetHeight + 24}px` : "";
}

export function showFailure(text) {
  showNotices([make("div", { class: "notice notice--error" }, make("p", {}, text))]);
}

// Returns the error message of a response's page.
export function readFailure(page) {
  return page.querySelector("[data-sentence]")?.textContent.trim()
    || "That didn't work. Please reload the page and try again.";
}
