// Prevents double submission of forms; reset when the page is shown again (back button).
// <body data-js="once">: handles every POST form that no other behaviour submits.
export function once() {
  const sent = new Set();

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) event.preventDefault();
    sent.add(form);
    // Not disabled: that would lose the focus.
    event.submitter?.setAttribute("aria-disabled", "true");
  });

  window.addEventListener("pageshow", () => {
    sent.clear();
    document.querySelectorAll("[type=submit][aria-disabled], button[aria-disabled]").forEach((button) =>
      button.removeAttribute("aria-disabled"));
  });
}
