// Moves the focus from card to card: j to the next one, k to the one before.
// <div data-js="keys">: the list of <article class="card">
export default function keys(list) {
  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const cards = [...list.querySelectorAll(":scope > .card")];
    const current = cards.indexOf(document.activeElement.closest(".card"));
    const card = cards[current < 0 ? (step > 0 ? 0 : cards.length - 1) : current + step];
    card?.focus();
  });
}
