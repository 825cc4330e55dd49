// Makes a textarea as high as its text, and at least as high as its rows.
// <textarea data-js="grow">
export function grow(area) {
  function fit() {
    // Measuring makes the browser lay out the page, and every card of a feed has a closed form.
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
