// Creates an element: make("p", { class: "hint", hidden: true }, "text", otherElement).
// Strings become text nodes, so user input is never parsed as HTML.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Creates a button with a click handler that doesn't submit a form.
export function makeButton(words, press, attributes = {}) {
  const button = make("button", { type: "button", class: "button button--quiet", ...attributes }, words);
  button.addEventListener("click", press);
  return button;
}
