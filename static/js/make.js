// Builds an element: make("p", { class: "hint", hidden: true }, "words", otherElement).
// Words become text nodes, so nothing a person typed is ever read as markup.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A button that does something here and sends nothing.
export function makeButton(words, press, attributes = {}) {
  const button = make("button", { type: "button", class: "button button--quiet", ...attributes }, words);
  button.addEventListener("click", press);
  return button;
}
