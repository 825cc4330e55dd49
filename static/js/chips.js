// Turns a list of text inputs into chips with remove buttons, and one input to add a term.
// The form still submits repeated inputs of the same name; drafts also hold what isn't added yet.
// <fieldset data-js="chips" data-limit="60" data-most="30"><legend>, inputs, the last one empty
import { make, makeButton } from "./make.js";
import { refuse } from "./refuse.js";

const squeeze = (text) => text.trim().replace(/\s+/gu, " ");
// Approximates fold_case() of dreamscape/text.py; the server decides about duplicates.
const fold = (text) => squeeze(text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ"));

export function chips(field) {
  const inputs = [...field.querySelectorAll("input")];
  const input = inputs.at(-1);
  const { name } = input;
  const title = field.querySelector("legend").textContent.trim();
  const list = make("ul", { class: "chips" });
  const status = make("p", { class: "visually-hidden", role: "status" });
  const terms = () => [...list.querySelectorAll("input")].map((hidden) => hidden.value);

  function addChip(term) {
    const remove = makeButton("×", () => {
      const next = chip.nextElementSibling ?? chip.previousElementSibling;
      chip.remove();
      status.textContent = `Removed ${term}`;
      (next?.querySelector("button") ?? input).focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, { class: "chip__remove", "aria-label": `Remove ${term}` });
    const chip = make("li", { class: "chip" }, make("span", { dir: "auto" }, term),
      make("input", { type: "hidden", name, value: term }), remove);
    list.append(chip);
  }

  const clear = () => { input.value = input.name = ""; };

  function problemWith(term) {
    if (terms().map(fold).includes(fold(term))) return `You've already added “${term}”.`;
    if ([...term].length > field.dataset.limit) return `Please use at most ${field.dataset.limit} characters.`;
    return terms().length >= field.dataset.most ? `You can add up to ${field.dataset.most}.` : "";
  }

  // Returns true if the input is empty afterwards.
  function add() {
    const term = squeeze(input.value);
    const problem = term ? problemWith(term) : "";
    refuse(input, problem);
    if (problem) return false;
    if (term) addChip(term);
    if (term) status.textContent = `Added ${term}`;
    clear();
    if (term) field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  inputs.filter((each) => each.value).forEach((each) => addChip(each.value));
  inputs.slice(0, -1).forEach((each) => each.remove());
  input.name = "";
  input.addEventListener("input", () => { input.name = problemWith(squeeze(input.value)) ? "" : name; });
  // draft.js restores [name, value] pairs.
  field.addEventListener("restore", ({ detail }) => {
    list.replaceChildren();
    clear();
    detail.filter(([each]) => each === name).forEach(([, value]) => addChip(value));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.id = `${name}-add`;
  input.setAttribute("aria-label", `${title}: add one`);
  const row = make("div", { class: "chips__add" });
  input.before(list, row);
  row.append(input, makeButton("Add", () => { add(); input.focus(); }, { "aria-label": `Add to ${title}` }), status);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    add();
  });
  field.form.addEventListener("submit", (event) => {
    if (add()) return;
    event.preventDefault();
    input.focus();
  });
}
