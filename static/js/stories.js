// Shows stories that share words with a dream while it is written: <form data-js="stories">.
// The Dreambuilder with these words in its query has a [data-stories] that replaces the page's own.

const PAUSE = 2_000; // milliseconds without a change

async function show(query) {
  const response = await fetch(`/dreambuilder?${query}`, { headers: { "X-Fragment": "none" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const stories = page.querySelector("[data-stories]");
  if (response.ok && stories) document.querySelector("[data-stories]")?.replaceWith(stories);
}

export function stories(form) {
  let timer, last = "";
  form.addEventListener("input", (event) => {
    if (!["title", "description"].includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const query = new URLSearchParams({ title: form.elements.title.value,
        description: form.elements.description.value.slice(0, 1_000) }).toString();
      if (query !== last) show(query).catch(() => {}); // optional: a failure needs no message
      last = query;
    }, PAUSE);
  });
}
