// Closes a menu when a click or the focus lands outside it.
// <details data-js="menu"><summary>…</summary>…</details>
export function menu(details) {
  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      // A dialog asks about what was pressed in the menu.
      if (!details.contains(event.target) && !event.target.closest("dialog")) details.open = false;
    });
  }
}
