// Escape closes what was opened, and gives the focus back to what opened it.
// <details data-js="fold"><summary>…</summary>…</details>
export default function fold(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open || event.defaultPrevented) return;
    event.preventDefault();
    details.open = false;
    details.querySelector("summary").focus();
  });
}
