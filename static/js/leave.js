// Follows the redirect of a form that was submitted by script, without the "unsaved" prompt.
// The form hears "sent": draft.js deletes its draft if the next page says that it was accepted.
export function leave(address, form) {
  const goal = new URL(address, location.href);
  form.dispatchEvent(new Event("sent"));
  window.dispatchEvent(new Event("leaving"));
  // location.assign doesn't load a URL that differs only in its fragment again, and after a reload
  // the page would be where it was, not at the fragment.
  if (goal.pathname + goal.search !== location.pathname + location.search) return location.assign(goal);
  history.replaceState(null, "", goal.search ? location.pathname : "?");
  return location.replace(goal);
}
