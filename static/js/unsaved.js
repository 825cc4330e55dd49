// Asks before leaving a page with text that was typed and not sent.
// <body data-js="unsaved">: minds every text area of a form that posts.
const FIELDS = 'form[method="post"] textarea:not([readonly])';

export default function unsaved() {
  let sending = false;

  function isUnsaved(area) {
    // What a refused form gives back is its default, and still saved nowhere.
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
