// Closes a menu when a click or the focus lands outside it.
// <details data-js="menu"><summary>…</summary>…</details>
export function menu(details) {
  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const isOutside = !details.contains(event.target) && !event.target.closest("dialog"); // its own question
      if (isOutside) details.open = false;
    });
  }
}
