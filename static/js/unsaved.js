// Prompts (beforeunload) before leaving a page with unsent text.
// <body data-js="unsaved">: handles every textarea of a POST form.
const FIELDS = 'form[method="post"] textarea:not([readonly])';

export function unsaved() {
  let sending = false;

  function isUnsaved(area) {
    // In a rejected form the text is the textarea's default value, but unsaved.
    const refused = area.form.querySelector('[aria-invalid="true"], .notice--error');
    return area.value.trim() && (refused || area.value !== area.defaultValue);
  }

  window.addEventListener("submit", (event) => {
    sending = !event.defaultPrevented && event.target.method === "post";
  });
  window.addEventListener("pageshow", () => { sending = false; });
  window.addEventListener("leaving", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && [...document.querySelectorAll(FIELDS)].some(isUnsaved)) event.preventDefault();
  });
}
