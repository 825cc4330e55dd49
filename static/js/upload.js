// Uploads a form's file by XMLHttpRequest, with a progress bar and a cancel button.
// <form method="post" enctype="multipart/form-data" data-js="upload">
import { leave } from "./leave.js";
import { make, makeButton } from "./make.js";
import { NO_ANSWER, readFailure, showFailure, showNotices } from "./messages.js";

// Shows the rejected form with its errors; returns the message if it has none.
function show(request, { files }) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = page.querySelector("main");
  if (request.status !== 422 || !main) return readFailure(page);
  document.querySelector("main").replaceWith(document.importNode(main, true));
  document.title = page.title;
  const input = document.querySelector('main [type="file"]:not([aria-invalid])');
  if (input) {
    input.files = files;
    setTimeout(() => input.dispatchEvent(new Event("change", { bubbles: true }))); // once picture.js listens
  }
  document.querySelector("main [autofocus]")?.focus();
  return "";
}

export function upload(form) {
  const bar = make("progress", { "aria-label": "Uploading the picture", max: "1" });
  const words = make("span", { role: "status" });
  let request;
  const cancel = makeButton("Cancel", () => request.abort());
  const box = make("p", { class: "upload" }, bar, words, cancel);

  function progress({ loaded, total }) {
    bar.value = loaded / total;
    if (loaded < total) return;
    bar.removeAttribute("value"); // Indeterminate: conversion has no progress.
    words.textContent = "Uploaded. Preparing your picture…";
    cancel.remove();
  }

  function end(sentence) {
    request = undefined;
    box.remove();
    if (!sentence) return;
    showFailure(sentence);
    form.dispatchEvent(new Event("unsent")); // autosave.js
  }

  // After the form's own listeners: chips.js adds what is typed, or refuses it.
  document.addEventListener("submit", (event) => {
    const input = form.querySelector('[type="file"]');
    if (event.target !== form || event.defaultPrevented || !input.value) return;
    event.preventDefault();
    if (request) return;
    request = new XMLHttpRequest();
    request.upload.addEventListener("progress", progress);
    request.addEventListener("load", ({ target }) => {
      const goal = target.getResponseHeader("Location");
      end(goal ? "" : show(target, input));
      if (goal) leave(goal, form);
    });
    request.addEventListener("error", () => end(NO_ANSWER));
    request.addEventListener("abort", () => end("Upload cancelled."));
    request.open("POST", form.action);
    request.setRequestHeader("X-Fragment", "page");
    showNotices([]);
    bar.value = 0;
    words.textContent = "Uploading…";
    box.append(cancel);
    form.append(box);
    form.dispatchEvent(new Event("sending")); // autosave.js
    box.scrollIntoView({ block: "nearest" });
    request.send(new FormData(form, event.submitter));
  });
}
