// Escape closes a <details> and returns the focus to its summary. What somebody opens to write or
// press in is scrolled into view, above the bottom bar and a message on it.
// <details data-js="fold"><summary>…</summary>…</details>
const OPENED = ":scope > :is(form:has(textarea), .share__ways, .more__actions)";

export function fold(details) {
  let pressed = false; // a <details> that is open from the start is toggled, too
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
