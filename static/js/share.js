// Opens the device's share sheet where there is one, and adds a button that copies the link.
// <details data-js="share" data-title="…"><summary>Share</summary> <input readonly value="https://…">
//   <p><a href="mailto:…">…</a> <span role="status"></span></p></details>
import { makeButton } from "./make.js";

export function share(details) {
  const address = details.querySelector("input");
  const status = details.querySelector("[role=status]");

  async function copy() {
    status.textContent = ""; // The same words again would not be announced.
    try {
      await navigator.clipboard.writeText(address.value);
      status.textContent = "Link copied.";
    } catch { // not allowed, or not on https
      address.select();
      status.textContent = "The link is selected. Please copy it.";
    }
  }

  async function openSheet(event) {
    if (details.open) return;
    event.preventDefault();
    try {
      await navigator.share({ title: details.dataset.title, url: address.value });
    } catch (error) {
      details.open = error.name !== "AbortError"; // the person closed the sheet
    }
  }

  if (navigator.share) details.querySelector("summary").addEventListener("click", openSheet);
  details.querySelector("a").before(makeButton("Copy link", copy));
}
