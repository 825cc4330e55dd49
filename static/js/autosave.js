// Saves a dream as a draft while it is written, if it changed: every 20 seconds, and when the page
// is hidden. Its address becomes the draft's, so that a reload doesn't begin a second draft.
// <form method="post" data-js="autosave"> with hidden draft, version; a [data-saved role=status].
const PAUSE = 20_000; // milliseconds
const ADDRESS = "/dreambuilder/draft";
const HEADERS = { "X-Fragment": "none" }; // The response sets no cookie then.

function read(form) {
  const data = new FormData(form);
  for (const name of ["csrf_token", "draft", "version", "audience", "picture"]) data.delete(name);
  return new URLSearchParams(data).toString();
}

function body(form) {
  const data = new FormData(form);
  data.set("audience", "me");
  data.delete("picture");
  return new URLSearchParams(data);
}

function sentence({ draft, other }, picture) {
  if (!draft && other) return "This draft was published or deleted, so we've stopped saving it.";
  if (!draft) return "You have as many drafts as we can keep. Delete one, then press Save as a draft.";
  if (other) return "Draft saved. You changed it on another device too. We've kept this version.";
  if (picture) return "Draft saved, but not its picture. Press Save as a draft to keep that, too.";
  return "Draft saved.";
}

export function autosave(form) {
  const status = form.querySelector("[data-saved]");
  let saved = read(form);
  let timer;
  let ended = false; // the server answered that there is no draft to save
  let sending = false; // the form itself is being submitted
  let changed = false; // by a person since the page was shown, not by going back to it
  let running = Promise.resolve();

  async function send(text) {
    // With keepalive the browser finishes the request even if the page is left.
    const response = await fetch(ADDRESS, { method: "POST", body: body(form), headers: HEADERS, keepalive: true });
    if (response.status !== 200) throw new Error(response.status);
    const answer = await response.json();
    form.elements.draft.value = answer.draft;
    form.elements.version.value = answer.version;
    ended ||= !answer.draft;
    if (!ended && !sending) history.replaceState(history.state, "", `/dreams/${answer.draft}/edit`);
    status.textContent = sentence(answer, form.elements.picture?.value);
    saved = text;
    if (read(form) !== text) return;
    if (!ended && !sending) form.dispatchEvent(new Event("accepted")); // draft.js
    // unsaved.js compares these values.
    for (const area of form.querySelectorAll("textarea")) area.defaultValue = area.value;
  }

  async function save() {
    timer = undefined;
    const text = read(form);
    if (ended || sending || !changed || text === saved) return;
    await send(text).catch(() => { status.textContent = "We couldn't save your draft just now."; });
  }

  // One request after the other: the first response has the draft's id.
  function saveNext() {
    clearTimeout(timer);
    running = running.then(save);
  }

  form.addEventListener("input", () => {
    changed = true;
    timer ??= setTimeout(saveNext, PAUSE);
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) saveNext(); });
  // After the form's own listeners: chips.js may refuse it.
  document.addEventListener("submit", (event) => {
    if (event.target === form) sending ||= !event.defaultPrevented;
  });
  form.addEventListener("sending", () => { sending = true; }); // upload.js
  form.addEventListener("unsent", () => { sending = false; });
  window.addEventListener("pageshow", (event) => { if (event.persisted) ended = sending = changed = false; });
}
