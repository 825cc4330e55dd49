// Follows the redirect of a form that was submitted by script, without the "unsaved" prompt.
export function leave(address) {
  const goal = new URL(address, location.href);
  window.dispatchEvent(new Event("leaving"));
  // location.assign doesn't reload for a URL that differs only in its fragment.
  if (goal.pathname + goal.search !== location.pathname + location.search) return location.assign(goal);
  history.replaceState(null, "", goal);
  return location.reload();
}
