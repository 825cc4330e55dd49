// Previews a chosen picture in the shape the site shows it in; accepts drag and drop and paste.
// Makes a picture smaller if it is too large; rejects a file if that fails, or if its type is no
// picture's.
// <input type="file" accept="image/…" data-js="picture" data-limit="BYTES" data-kinds="WORDS">
// in a form whose first <img>, if any, shows the current picture
import { make, makeButton } from "./make.js";
import { makePreview } from "./preview.js";
import { refuse } from "./refuse.js";
import { isTooLarge, problemWith, shrink, size } from "./shrink.js";

const TEXT_FIELD = 'textarea, input:not([type="file"], [type="checkbox"], [type="radio"])';
const NO_PICTURE_YET = { class: "picture picture--dream", alt: "", hidden: "" };
const SHRINKING = "Making this picture smaller…";

// Office programs copy text also as a picture: in a text field, the text is pasted.
const pastesText = ({ target, clipboardData }) => target.matches(TEXT_FIELD) && clipboardData.getData("text/plain");

export function picture(input) {
  const { form } = input;
  const present = form.querySelector("img") ?? input.parentElement.insertBefore(make("img", NO_PICTURE_YET), input);
  const status = make("p", { class: "field__hint", role: "status" });
  const removeButton = makeButton("Remove", () => { choose([]); input.focus(); }, { hidden: "" });
  let shown = present;

  function show(image) {
    shown.replaceWith(image);
    if (shown !== present) URL.revokeObjectURL(shown.src);
    shown = image;
  }

  function choose(files) {
    const chosen = new DataTransfer();
    if (files[0]) chosen.items.add(files[0]);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Returns whether the input has another file now: a smaller one, or one chosen meanwhile.
  async function makeSmaller(file) {
    refuse(input, "");
    input.setCustomValidity(SHRINKING);
    status.textContent = SHRINKING;
    show(present);
    const smaller = await shrink(file, input.dataset.limit);
    if (input.files[0] !== file) return true;
    if (!smaller) return false;
    choose([smaller]);
    status.textContent = `Made smaller: ${size(file.size)} → ${size(smaller.size)}`;
    return true;
  }

  async function update() {
    const file = input.files[0];
    removeButton.hidden = !file;
    if (file && isTooLarge(file, input.dataset.limit) && await makeSmaller(file)) return;
    const problem = file ? problemWith(file, input) : "";
    refuse(input, problem);
    input.setCustomValidity(problem);
    status.textContent = file ? `${file.name}, ${size(file.size)}` : "";
    const remove = form.querySelector('[type="checkbox"][name="remove"]');
    if (file && remove) remove.checked = false;
    show(file && !problem ? makePreview(file, present, () => {
      show(present);
      status.textContent += ". Your browser can't preview it, but you can still send it.";
    }) : present);
  }

  function take(event, { files }) {
    if (!input.offsetParent || !files.length) return; // not in the page any more, or in a closed <details>
    event.preventDefault();
    choose(files);
  }

  input.after(status, removeButton);
  input.addEventListener("change", update);
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => take(event, event.dataTransfer));
  document.addEventListener("paste", (event) => pastesText(event) || take(event, event.clipboardData));
}
