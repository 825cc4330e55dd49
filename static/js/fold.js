// Escape closes a <details> and returns the focus to its summary.
// <details data-js="fold"><summary>…</summary>…</details>
export function fold(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open || event.defaultPrevented) return;
    event.preventDefault();
    details.open = false;
    details.querySelector("summary").focus();
  });
}
