// A form is sent once, however often its button is pressed; again after coming back.
// <body data-js="once">: minds every form whose submission no other behaviour took over.
export default function once() {
  const sent = new Set();

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) event.preventDefault();
    sent.add(form);
    // Not disabled: that would take the focus away.
    event.submitter?.setAttribute("aria-disabled", "true");
  });

  window.addEventListener("pageshow", () => {
    sent.clear();
    document.querySelectorAll("[type=submit][aria-disabled], button[aria-disabled]").forEach((button) =>
      button.removeAttribute("aria-disabled"));
  });
}
