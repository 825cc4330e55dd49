// Applies the stored theme before the first paint: a classic, blocking script in the head, the
// only one. Without a stored theme prefers-color-scheme decides.
// <meta name="theme-color" data-theme="light | dark">: the colour of the browser's toolbar
// <button type="button" data-js="theme" aria-pressed="false">Dark colours</button>
(() => {
  const root = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (device.matches ? "dark" : "light")) === "dark";

  function show() {
    const theme = isDark() ? "dark" : "light";
    for (const meta of document.querySelectorAll("meta[data-theme]")) {
      meta.media = meta.dataset.theme === theme ? "all" : "not all";
    }
    for (const button of document.querySelectorAll('[data-js~="theme"]')) {
      button.setAttribute("aria-pressed", isDark());
    }
  }

  function storedTheme() {
    // Where cookies are blocked, localStorage throws.
    try { return localStorage.getItem("theme"); } catch { return null; }
  }

  root.dataset.scripts = ""; // CSS shows controls that need scripts
  if (storedTheme()) root.dataset.theme = storedTheme();
  document.addEventListener("DOMContentLoaded", show);
  device.addEventListener("change", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest('[data-js~="theme"]')) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* for this page only */ }
    show();
  });
})();
