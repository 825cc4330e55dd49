// Remembers which draft a page has sent: the next page says whether that was accepted.
import { keep, recall } from "./store.js";

const SENT = "sent drafts"; // sessionStorage key: the key of the draft that the previous page sent
const WAITING = "waiting draft"; // sessionStorage key: of the draft that a sign-in was asked for

const sent = recall(SENT, "sessionStorage") ?? "";
const lead = document.querySelector("[data-unsent]"); // on the sign-in
// The page after an accepted form shows a flash message; a rejected form has none. If the session
// has ended, nothing was accepted: then the message is on the sign-in.
if (document.body.dataset.dreamer && document.querySelector('[data-part="messages"] > *')) {
  keep(sent, "");
} else if (lead && recall(sent)) {
  lead.textContent = lead.dataset.unsent;
  keep(WAITING, sent, "sessionStorage");
}
keep(SENT, "", "sessionStorage");

export const noteSent = (key) => keep(SENT, key, "sessionStorage");

// Returns, once, whether a sign-in was asked for to send this draft.
export function wasWaiting(key) {
  const isWaiting = recall(WAITING, "sessionStorage") === key;
  if (isWaiting) keep(WAITING, "", "sessionStorage");
  return isWaiting;
}
