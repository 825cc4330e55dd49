// Previews a chosen picture in the shape the site shows it in; accepts drag and drop and paste.
// Makes one that is too large smaller; rejects a file if that fails, or if it's surely no picture.
// <input type="file" accept="image/…" data-js="picture" data-limit="BYTES" data-kinds="WORDS">
// in a form whose first <img>, if any, shows the current picture
import { make, makeButton } from "./make.js";
import { makePreview } from "./preview.js";
import { refuse } from "./refuse.js";
import { isTooLarge, problemWith, shrink, size } from "./shrink.js";

const TEXT_FIELD = 'textarea, input:not([type="file"], [type="checkbox"], [type="radio"])';
const NO_PICTURE_YET = { class: "picture picture--dream", alt: "", hidden: "" };
const SHRINKING = "Making this picture smaller…";

// Office programs copy text as a picture too: in a text field the text is meant.
const pastesText = ({ target, clipboardData }) => target.matches(TEXT_FIELD) && clipboardData.getData("text/plain");

export function picture(input) {
  const { form } = input;
  const present = form.querySelector("img") ?? input.parentElement.insertBefore(make("img", NO_PICTURE_YET), input);
  const told = make("p", { class: "field__hint", role: "status" });
  const none = makeButton("Remove", () => { choose([]); input.focus(); }, { hidden: "" });
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

  // Returns whether the input has another file then: a smaller one, or one chosen meanwhile.
  async function makeSmaller(file) {
    refuse(input, "");
    input.setCustomValidity(SHRINKING);
    told.textContent = SHRINKING;
    show(present);
    const smaller = await shrink(file, input.dataset.limit);
    if (input.files[0] !== file) return true;
    if (!smaller) return false;
    choose([smaller]);
    told.textContent = `Made smaller: ${size(file.size)} → ${size(smaller.size)}`;
    return true;
  }

  async function update() {
    const file = input.files[0];
    none.hidden = !file;
    if (file && isTooLarge(file, input.dataset.limit) && await makeSmaller(file)) return;
    const problem = file ? problemWith(file, input) : "";
    refuse(input, problem);
    input.setCustomValidity(problem);
    told.textContent = file ? `${file.name}, ${size(file.size)}` : "";
    const remove = form.querySelector('[type="checkbox"][name="remove"]');
    if (file && remove) remove.checked = false;
    show(file && !problem ? makePreview(file, present, () => {
      show(present);
      told.textContent += ". Your browser can't preview it, but you can still send it.";
    }) : present);
  }

  function take(event, { files }) {
    if (!input.offsetParent || !files.length) return; // gone, or in a closed <details>
    event.preventDefault();
    choose(files);
  }

  input.after(told, none);
  input.addEventListener("change", update);
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => take(event, event.dataTransfer));
  document.addEventListener("paste", (event) => pastesText(event) || take(event, event.clipboardData));
}
