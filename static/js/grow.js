// Makes a textarea as high as its text, from the height of its rows.
// <textarea data-js="grow">
export function grow(area) {
  function fit() {
    // Each fit makes the browser lay out the page: a feed has a folded form in every card.
    if (!area.value || area.closest("details:not([open])")) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }

  area.addEventListener("input", () => {
    area.style.blockSize = "auto";
    fit();
  });
  area.closest("details")?.addEventListener("toggle", fit);
  fit();
}
