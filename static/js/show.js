// Adds a checkbox that shows the password that is typed, until it is sent.
// <input data-js="show">, of a password
import { make } from "./make.js";

export function show(input) {
  const box = make("input", { type: "checkbox", "aria-label": "Show what you type" });

  function update() {
    input.type = box.checked ? "text" : "password";
  }

  // A browser may send text to its maker to check the spelling.
  input.spellcheck = false;
  input.autocapitalize = "off";
  box.addEventListener("change", update);
  // Browsers offer to store the password only of a password field.
  input.form.addEventListener("submit", () => {
    box.checked = false;
    update();
  });
  input.after(make("label", { class: "field__show" }, box, "Show"));
}
