// Says a line where the server says its own: in the page's role=status region.
import { make } from "./make.js";

export const NO_ANSWER = "That did not reach us. Please check the connection and try again: nothing was changed.";

export function say(text) {
  const line = make("div", { class: "notice notice--error" }, make("p", {}, text));
  document.querySelector('[data-part="messages"]').replaceChildren(line);
}

// What an answered page says went wrong.
export function sentenceOf(page) {
  return page.querySelector("[data-sentence]")?.textContent.trim()
    || "That did not work. Please reload the page and try again.";
}
