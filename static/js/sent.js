// Remembers which draft a page has sent: the next page shows whether it was accepted.
import { getStored, setStored } from "./store.js";

const SENT = "sent drafts"; // sessionStorage key: the key of the draft that the previous page sent
const WAITING = "waiting draft"; // sessionStorage key: the key of a draft that needs a sign-in first

const sent = getStored(SENT, "sessionStorage") ?? "";
const lead = document.querySelector("[data-unsent]"); // a paragraph of the sign-in
// The page after an accepted form shows a flash message; a rejected form has none. If the session
// has ended, nothing was accepted: then the message is on the sign-in.
if (document.body.dataset.dreamer && document.querySelector('[data-part="messages"] > *')) {
  setStored(sent, "");
} else if (lead && getStored(sent)) {
  lead.textContent = lead.dataset.unsent;
  setStored(WAITING, sent, "sessionStorage");
}
setStored(SENT, "", "sessionStorage");

export const noteSent = (key) => setStored(SENT, key, "sessionStorage");

// Returns, once, whether this draft couldn't be sent without a sign-in.
export function wasWaiting(key) {
  const isWaiting = getStored(WAITING, "sessionStorage") === key;
  if (isWaiting) setStored(WAITING, "", "sessionStorage");
  return isWaiting;
}
