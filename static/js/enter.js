// Prevents implicit submission: Enter in an input or select doesn't submit this form.
// <form data-js="enter">
export function enter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select")) event.preventDefault();
  });
}
