// Follows the redirect of a form that was submitted by script, without the "unsaved" prompt.
// Dispatches "sent" on the form: draft.js deletes its draft if the next page shows that it was accepted.
export function leave(address, form) {
  const goal = new URL(address, location.href);
  form.dispatchEvent(new Event("sent"));
  window.dispatchEvent(new Event("leaving"));
  // location.assign doesn't reload the page for a URL that differs only in its fragment, and a reload
  // would restore the scroll position. So the current entry first gets another URL.
  if (goal.pathname + goal.search !== location.pathname + location.search) return location.assign(goal);
  history.replaceState(null, "", goal.search ? location.pathname : "?");
  return location.replace(goal);
}
