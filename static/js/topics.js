// Refuses a form with too few or too many topics before its picture is uploaded. The server
// decides; a draft needs none.
// <fieldset data-js="topics" data-least="1" data-most="5" data-refusal="…"> of checkboxes
import { refuse } from "./refuse.js";

export function topics(field) {
  const { form, dataset: { least, most, refusal } } = field;

  function check() {
    const { length } = field.querySelectorAll(":checked");
    const isRight = length >= least && length <= most;
    refuse(field, isRight ? "" : refusal);
    // Above the list, as the server places it: the end of the list may be out of view.
    if (!isRight) field.querySelector("ul").before(document.getElementById(`${field.id}-error`));
    return isRight;
  }

  form.addEventListener("submit", (event) => {
    const isDraft = event.submitter?.formNoValidate || form.querySelector('[name="audience"]:checked')?.value === "me";
    if (isDraft || form.noValidate || check()) return;
    event.preventDefault();
    field.querySelector("input").focus();
    form.dispatchEvent(new Event("unsent")); // autosave.js
  });
  field.addEventListener("change", () => { if (field.hasAttribute("aria-invalid")) check(); });
}
