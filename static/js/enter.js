// Enter sends this form only from its button; elsewhere in it Enter does nothing.
// <form data-js="enter">
export default function enter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select")) event.preventDefault();
  });
}
