// Closes a menu when a click or the focus lands outside it.
// <details data-js="menu"><summary>…</summary>…</details>
export function menu(details) {
  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      if (!details.contains(event.target)) details.open = false;
    });
  }
}
