// Marks the notifications on a page as read once the page is visible, not if it is only prefetched.
// <form data-js="seen" data-since="…" data-until="…"> the form that marks all as read
export function seen(form) {
  function send() {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    const body = new URLSearchParams(new FormData(form));
    for (const name of ["since", "until"]) body.set(name, form.dataset[name]);
    // No message for a failure: the next page still shows the number of unread ones.
    fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "none" } }).catch(() => {});
  }
  document.addEventListener("visibilitychange", send);
  send();
}
