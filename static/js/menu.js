// Closes a menu when a click or the focus lands outside it.
// <details data-js="menu"><summary>…</summary>…</details>
export function menu(details) {
  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      // The confirmation dialog of a button in the menu stands outside the menu.
      if (!details.contains(event.target) && !event.target.closest("dialog")) details.open = false;
    });
  }
}
