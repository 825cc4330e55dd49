// Replaces the parts of this page by those of an answer, [data-part="NAME"] by the same name,
// and keeps the focus, what is open and what is half written.
import { showNotices } from "./say.js";

const MESSAGES = "messages";
const CONTROLS = "a[href], summary, textarea, input:not([type=hidden]), button:not([type=button])";

const named = (root, name) => root.querySelectorAll(`[data-part="${CSS.escape(name)}"]`);

// Where an element stands: the name of its part, and its number among the like in there.
export function locate(element, selector = CONTROLS) {
  const part = element.closest("[data-part]");
  return part ? [part.dataset.part, [...part.querySelectorAll(selector)].indexOf(element)] : [];
}

function twin(element, selector, root) {
  const [name, index] = locate(element, selector);
  const part = root.dataset.part === name ? root : named(root, name)[0];
  return part?.querySelectorAll(selector)[index];
}

function carry(old, fresh, sent) {
  for (const box of old.querySelectorAll("details[open]")) {
    const written = sent.closest("details[data-js]") === box;
    if (!written) twin(box, "details", fresh)?.setAttribute("open", "");
  }
  for (const area of old.querySelectorAll("textarea")) {
    const same = twin(area, "textarea", fresh);
    if (same && !sent.contains(area) && area.value !== area.defaultValue) same.value = area.value;
  }
  // The same button on another card leads back to that card.
  const [was, now] = [old, fresh].map((part) => part.elements?.namedItem("next"));
  if (was && now) now.value = was.value;
}

function replace(old, fresh, sent) {
  // A live region is heard only when it stays and its content changes.
  if (fresh.dataset.part === MESSAGES) return showNotices([...fresh.children]);
  carry(old, fresh, sent);
  return old.replaceWith(fresh);
}

// The same control if it is still there, the box it is folded into, or the part around it.
function refocus(names, index, changed) {
  const part = names.map((name) => named(document, name)[0]).find(Boolean);
  let control = part?.dataset.part === names[0] ? part.querySelectorAll(CONTROLS)[index] : part;
  control ??= document.querySelector(changed.map((name) => `[data-part="${CSS.escape(name)}"] button`).join());
  const box = control?.closest("details:not([open])");
  (box?.querySelector("summary") ?? control)?.focus({ preventScroll: true });
}

export function replaceParts(answer, sent) {
  const active = document.activeElement;
  const [, index] = locate(active);
  const names = [];
  for (let part = active.closest("[data-part]"); part; part = part.parentElement.closest("[data-part]")) {
    names.push(part.dataset.part);
  }
  const changed = [];
  for (const part of answer.querySelectorAll("[data-part]")) {
    if (part.parentElement.closest("[data-part]")) continue;
    if (part.dataset.part !== MESSAGES) changed.push(part.dataset.part);
    for (const old of named(document, part.dataset.part)) replace(old, document.importNode(part, true), sent);
  }
  if (names.length) refocus(names, index, changed);
}
