// Escape closes a <details> and returns the focus to its summary. When a person opens one with a
// text field or actions, these are scrolled into view, above the bottom bar and its message.
// <details data-js="fold"><summary>…</summary>…</details>
const OPENED = ":scope > :is(form:has(textarea), .share__ways, .more__actions)";

export function fold(details) {
  let pressed = false; // "toggle" also fires for a <details> that is open when the page loads
  details.querySelector("summary").addEventListener("click", () => { pressed = true; });
  details.addEventListener("toggle", () => {
    if (pressed && details.open) details.querySelector(OPENED)?.scrollIntoView({ block: "nearest" });
    pressed = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open || event.defaultPrevented) return;
    event.preventDefault();
    details.open = false;
    details.querySelector("summary").focus();
  });
}
