// Goes where the server leads after a form was sent from here, without a question.
export function leave(address) {
  const goal = new URL(address, location.href);
  window.dispatchEvent(new Event("leaving"));
  // An address that differs only in what stands behind # would not be loaded again.
  if (goal.pathname + goal.search !== location.pathname + location.search) return location.assign(goal);
  history.replaceState(null, "", goal);
  return location.reload();
}
