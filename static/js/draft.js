// Saves a form's input in localStorage until the server accepts it; offers to restore it after a
// crash, an expired session or a rejected form. Keyed by dreamer, form action and parent comment.
// <body data-dreamer="ID"> <form method="post" data-js="draft">; inplace.js dispatches "accepted".
import { make, makeButton } from "./make.js";
import { noteSent, wasWaiting } from "./sent.js";
import { getStored, setStored } from "./store.js";

const FIELDS = "textarea, input[type=text], input[type=checkbox], input[type=radio]";
const IDS = "[name=once], [name=draft], [name=version]"; // idempotency key; draft on the server
const CHIPS = '[data-js="chips"]'; // its inputs have the same name before and after chips.js ran

const isChoice = ({ type }) => ["checkbox", "radio"].includes(type);

function read(form, more = "") {
  const fields = [...form.querySelectorAll(`${FIELDS}, ${CHIPS} input[name]${more}`)];
  const chosen = fields.filter((field) => (isChoice(field) ? field.checked : field.value || !field.closest(CHIPS)));
  const text = chosen.some((field) => !isChoice(field) && !field.matches(IDS) && field.value.trim());
  return text ? JSON.stringify(chosen.map((field) => [field.name, field.value])) : "";
}

// With the ids, so that a restored draft is saved as the same one even if the response was lost.
const readAll = (form) => read(form, `, ${IDS}`);

// Returns whether the form shows what the draft holds.
function isIn(form, draft) {
  const ids = new Set([...form.querySelectorAll(IDS)].map((field) => field.name));
  return JSON.stringify(JSON.parse(draft).filter(([name]) => !ids.has(name))) === read(form);
}

// If going back filled in the fields, this is the form that was left: it gets its idempotency key.
function takeKey(form, draft) {
  const key = JSON.parse(draft).find(([name]) => name === "once");
  if (key && form.elements.once) form.elements.once.value = key[1];
}

function write(form, draft) {
  const entries = JSON.parse(draft);
  for (const field of form.querySelectorAll(`${FIELDS}, ${IDS}`)) {
    const values = entries.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox") field.checked = values.includes(field.value);
    // Drafts of an older version hold no radio buttons and no ids.
    else if (field.type === "radio") field.checked = values.length ? values.includes(field.value) : field.checked;
    else field.value = values[0] ?? (field.matches(IDS) ? field.value : "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const field of form.querySelectorAll(CHIPS)) field.dispatchEvent(new CustomEvent("restore", { detail: entries }));
}

function offer(form, key, draft) {
  const done = () => { box.remove(); form.querySelector(FIELDS).focus(); };
  const title = JSON.parse(draft).find(([name]) => name === "title")?.[1];
  // Screen readers announce only what is added to a live region that exists already.
  const box = make("div", { class: "notice draft", role: "status" });
  const restore = makeButton("Restore draft", () => { write(form, draft); done(); });
  setTimeout(() => {
    box.append(make("p", {}, title ? `You began “${title}”.` : "You have an unsent draft."), restore,
      makeButton("Discard", () => { setStored(key, readAll(form)); done(); }));
    if (wasWaiting(key)) restore.focus(); // After the sign-in the page is at its top.
  });
  form.prepend(box);
  form.closest("details")?.setAttribute("open", "");
  // Going back fills in fields after scripts ran.
  window.addEventListener("pageshow", () => {
    if (isIn(form, draft)) { box.remove(); takeKey(form, draft); }
  });
}

export function draft(form) {
  const parent = form.elements.namedItem("parent")?.value ?? "";
  const key = `draft ${document.body.dataset.dreamer} ${new URL(form.action).pathname}${parent && ` ${parent}`}`;
  const stored = getStored(key);
  if (stored && !isIn(form, stored)) offer(form, key, stored);
  form.addEventListener("input", () => setStored(key, readAll(form)));
  form.addEventListener("accepted", () => setStored(key, ""));
  form.addEventListener("sent", () => noteSent(key)); // leave.js
  window.addEventListener("submit", (event) => {
    if (event.target === form && !event.defaultPrevented) noteSent(key);
  });
}
