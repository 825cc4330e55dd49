// Marks what a page of notifications shows as read, once it is visible: a prefetched page isn't.
// <form data-js="seen" data-since="…" data-until="…"> the form that marks all as read
export function seen(form) {
  function send() {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    const body = new URLSearchParams(new FormData(form));
    for (const name of ["since", "until"]) body.set(name, form.dataset[name]);
    // A failure shows at the next page: its number stays.
    fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "none" } }).catch(() => {});
  }
  document.addEventListener("visibilitychange", send);
  send();
}
