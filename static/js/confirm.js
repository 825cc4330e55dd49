// Shows a confirmation dialog before a deletion, then submits the form with confirm=1.
// <form data-js="confirm" data-asks="Delete “My dream”?" data-loss="This can't be undone.">, or these
// attributes on single buttons
import { make, makeButton } from "./make.js";

function makeDialog({ asks, loss }, send) {
  const title = make("h2", { id: "asks", class: "dialog__title" }, asks);
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": "asks" }, title);
  if (loss) {
    dialog.setAttribute("aria-describedby", "asks-more");
    dialog.append(make("p", { id: "asks-more" }, loss));
  }
  const cancel = makeButton("Cancel", () => dialog.close(), { autofocus: "" });
  const go = makeButton("Delete", () => { dialog.close(); send(); }, { class: "button button--danger" });
  dialog.append(make("p", { class: "form__buttons" }, cancel, go));
  dialog.addEventListener("close", () => dialog.remove());
  return dialog;
}

export function confirm(form) {
  function send(button) {
    const confirmed = make("input", { type: "hidden", name: "confirm", value: "1" });
    form.append(confirmed);
    form.requestSubmit(button);
    // Already submitted: if the request fails, the next click must ask again.
    confirmed.remove();
  }

  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? form.querySelector("button");
    const question = button.dataset.asks ? button.dataset : form.dataset;
    if (form.elements.confirm || !question.asks) return;
    event.preventDefault();
    const dialog = makeDialog(question, () => send(button));
    document.body.append(dialog);
    dialog.showModal();
  });
}
