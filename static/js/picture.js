// Previews a chosen picture in the shape the site shows it in; accepts drag and drop and paste.
// Rejects a file that is too large or surely no picture.
// <input type="file" accept="image/…" data-js="picture" data-limit="BYTES" data-kinds="WORDS">
// in a form whose first <img>, if any, shows the current picture
import { make, makeButton } from "./make.js";
import { refuse } from "./refuse.js";

// Many systems report no type, or one of their own; the server decides by the content.
const NO_PICTURE = /^(video|audio|text)\/|^application\/(pdf|(x-|vnd\.)?(zip|gzip|7z|rar)\b)/;
const TEXT_FIELD = 'textarea, input:not([type="file"], [type="checkbox"], [type="radio"])';
const NO_PICTURE_YET = { class: "picture picture--dream", alt: "", hidden: "" };
const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
const size = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : megabytes(bytes));

function problemWith(file, { dataset }) {
  if (NO_PICTURE.test(file.type)) return `“${file.name}” isn't a picture we can read. We accept ${dataset.kinds}.`;
  if (file.size <= dataset.limit) return "";
  return `This picture is ${megabytes(file.size)}. The limit is ${Math.round(dataset.limit / 1e6)} MB.`;
}

function makePreview(file, present, fail) {
  const preview = make("img", { class: present.className, alt: "Preview of the picture you chose" });
  preview.addEventListener("error", fail);
  preview.addEventListener("load", ({ target: { naturalWidth: width, naturalHeight: height } }) => { // as the macro `shape`
    preview.dataset.shape = height > 2 * width ? "tall" : width > 4 * height ? "wide" : "";
  });
  preview.src = URL.createObjectURL(file);
  return preview;
}

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

  function update() {
    const file = input.files[0];
    const problem = file ? problemWith(file, input) : "";
    refuse(input, problem);
    input.setCustomValidity(problem);
    none.hidden = !file;
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
