// Auto-resizes a textarea in browsers without field-sizing: content.
// <textarea data-js="grow">
export default function grow(area) {
  if (getComputedStyle(area).fieldSizing === "content") return;

  function fit() {
    // Inside a closed <details> it has no height; the toggle event measures it.
    if (!area.offsetParent) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }

  area.addEventListener("input", fit);
  area.closest("details")?.addEventListener("toggle", fit);
  fit();
}
