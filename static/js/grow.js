// A text area that grows with its text, where CSS (field-sizing: content) does not do it.
// <textarea data-js="grow">
export default function grow(area) {
  if (getComputedStyle(area).fieldSizing === "content") return;

  function fit() {
    // A closed box has no height yet: it is measured when it opens.
    if (!area.offsetParent) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }

  area.addEventListener("input", fit);
  area.closest("details")?.addEventListener("toggle", fit);
  fit();
}
