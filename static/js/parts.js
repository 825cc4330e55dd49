// Replaces each [data-part="NAME"] of the page by the part of that name in a response, and
// restores the focus, open <details> and unsent text.
import { showNotices } from "./messages.js";

const MESSAGES = "messages";
const CONTROLS = "a[href], summary, textarea, input:not([type=hidden]), button:not([type=button]), p[tabindex]";

const findParts = (root, name) => root.querySelectorAll(`[data-part="${CSS.escape(name)}"]`);

// Returns [name of an element's part, its index among that part's matches of the selector].
export function locate(element, selector = CONTROLS) {
  const part = element.closest("[data-part]");
  return part ? [part.dataset.part, [...part.querySelectorAll(selector)].indexOf(element)] : [];
}

// Returns the element of a new part at the same place as one of the old part.
function counterpart(element, selector, root) {
  const [name, index] = locate(element, selector);
  const part = root.dataset.part === name ? root : findParts(root, name)[0];
  return part?.querySelectorAll(selector)[index];
}

// Copies what a person opened and typed into a new part; `sent` is the form that was submitted.
function copyState(old, fresh, sent) {
  for (const box of old.querySelectorAll("details[open]")) {
    const written = box.dataset.js && box.contains(sent);
    if (!written) counterpart(box, "details", fresh)?.setAttribute("open", "");
  }
  for (const area of old.querySelectorAll("textarea")) {
    const same = counterpart(area, "textarea", fresh);
    if (same && !sent.contains(area) && area.value !== area.defaultValue) same.value = area.value;
  }
  // The response's `next` is that of the submitted form; other cards have their own.
  const [was, now] = [old, fresh].map((part) => part.elements?.namedItem("next"));
  if (was && now) now.value = was.value;
}

function replace(old, fresh, sent) {
  // Screen readers announce a live region only if it stays and its content changes.
  if (fresh.dataset.part === MESSAGES) return showNotices([...fresh.children]);
  copyState(old, fresh, sent);
  return old.replaceWith(fresh);
}

// Focuses the same control, the summary of its closed <details>, or a changed part's button. If that
// is hidden: the form's text field, but only after keyboard use, as a phone would show its keyboard.
function refocus(names, index, changed, byKey) {
  const part = names.map((name) => findParts(document, name)[0]).find(Boolean);
  let control = part?.dataset.part === names[0] ? part.querySelectorAll(CONTROLS)[index] : part;
  control ??= document.querySelector(changed.map((name) => `[data-part="${CSS.escape(name)}"] button`).join());
  let box; // the outermost that is closed
  for (let each = control; each; each = each.parentElement) if (each.matches("details:not([open])")) box = each;
  const target = box?.querySelector("summary") ?? control;
  target?.focus({ preventScroll: true });
  // comment.css hides the button of an empty form.
  if (byKey && document.activeElement !== target) target?.form?.querySelector("textarea")?.focus({ preventScroll: true });
}

export function replaceParts(answer, sent) {
  const active = document.activeElement;
  const [, index] = locate(active);
  const byKey = active.matches(":focus-visible");
  const names = [];
  for (let part = active.closest("[data-part]"); part; part = part.parentElement.closest("[data-part]")) {
    names.push(part.dataset.part);
  }
  const changed = [];
  for (const part of answer.querySelectorAll("[data-part]")) {
    if (part.parentElement.closest("[data-part]")) continue;
    if (part.dataset.part !== MESSAGES) changed.push(part.dataset.part);
    for (const old of findParts(document, part.dataset.part)) replace(old, document.importNode(part, true), sent);
  }
  if (names.length) refocus(names, index, changed, byKey);
}
