// Character counter for maxlength; announced to screen readers only near the limit.
// <textarea data-js="count" maxlength="2000">
import { make } from "./make.js";

const NEAR = 0.9; // fraction of the limit from which it is announced
const PAUSE = 800; // milliseconds without input before it is announced

export function count(area) {
  const limit = area.maxLength;
  if (limit < 1) return;
  const shown = make("p", { class: "field__count", "aria-hidden": "true" });
  const spoken = make("p", { class: "visually-hidden", role: "status" });
  let timer;

  function speak() {
    const near = area.value.length >= limit * NEAR;
    spoken.textContent = near ? `${limit - area.value.length} characters left` : "";
  }

  function update() {
    shown.textContent = `${area.value.length.toLocaleString("en")} of ${limit.toLocaleString("en")}`;
    clearTimeout(timer);
    timer = setTimeout(speak, PAUSE);
  }

  area.after(shown, spoken);
  area.addEventListener("input", update);
  window.addEventListener("pageshow", update); // going back fills in fields after scripts ran
  update();
}
