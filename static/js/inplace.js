// Submits forms by fetch and replaces parts of the page; see Fragments in app.py.
// <main data-js="inplace">: handles every POST form in a [data-part="NAME"]. The response has
// new parts, or a Location, or an error, which leaves the page unchanged.
import { leave } from "./leave.js";
import { locate, replaceParts } from "./parts.js";
import { refuse } from "./refuse.js";
import { NO_ANSWER, readFailure, showFailure, showNotices } from "./messages.js";

const PAUSE = 500; // milliseconds, debounces double clicks

async function post(form, body) {
  // From the page, not around the form: a message's Undo is in no list. A page's lists are of one kind.
  const list = document.querySelector("[data-list]")?.dataset.list ?? "comments";
  const response = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": list } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { ok: response.ok, goal: response.headers.get("Location"), page };
}

function showError(form, page) {
  // The response to an expired CSRF token has a new one for the next attempt.
  const token = page.querySelector('[name="csrf_token"]')?.value;
  if (token) document.querySelectorAll('[name="csrf_token"]').forEach((field) => { field.value = token; });
  const error = page.querySelector(".field__error");
  const area = error && form.querySelector("textarea");
  if (!area) return showFailure(readFailure(page));
  showNotices([]);
  refuse(area, error.textContent.trim());
  return area.focus();
}

async function send(form, body) {
  const { ok, goal, page } = await post(form, body);
  if (goal) return leave(goal, form);
  if (!ok) return showError(form, page);
  form.dispatchEvent(new Event("accepted"));
  return replaceParts(page, form);
}

export function inplace(main) {
  const busy = new Set();

  main.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !form.closest("[data-part]")) return;
    event.preventDefault();
    const place = locate(event.submitter ?? form.querySelector("button")).join(" ");
    if (busy.has(place)) return;
    busy.add(place);
    const pause = new Promise((resume) => { setTimeout(resume, PAUSE); });
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const lock = (locked) => form.querySelectorAll("textarea").forEach((area) => { area.readOnly = locked; });
    event.submitter?.setAttribute("aria-disabled", "true");
    lock(true); // Text typed now would be lost when the response replaces the form.
    await send(form, body).catch(() => showFailure(NO_ANSWER));
    event.submitter?.removeAttribute("aria-disabled");
    lock(false);
    await pause;
    busy.delete(place);
  });
}
