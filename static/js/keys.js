// Moves the focus from card to card: j to the next one, k to the one before. Only while the focus
// is in the list: a key alone must not act anywhere else, as for people who dictate (WCAG 2.1.4).
// <div data-js="keys">: the list of <article class="card">
export function keys(list) {
  list.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const cards = [...list.querySelectorAll(":scope > .card")];
    const current = cards.indexOf(event.target.closest(".card"));
    if (current >= 0) cards[current + step]?.focus();
  });
}
