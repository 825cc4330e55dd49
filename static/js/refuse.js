// Shows an error at a field, in the server's markup; an empty message removes it.
import { make } from "./make.js";

export function refuse(control, message) {
  const id = `${control.id}-error`;
  const others = (control.getAttribute("aria-describedby") || "").split(" ").filter((each) => each && each !== id);
  document.getElementById(id)?.remove();
  if (message) {
    control.after(make("p", { class: "field__error", id, role: "alert" }, message));
    control.nextElementSibling.scrollIntoView({ block: "nearest" }); // not under the bottom bar
    control.setAttribute("aria-invalid", "true");
    others.push(id);
  } else {
    control.removeAttribute("aria-invalid");
  }
  if (others.length) control.setAttribute("aria-describedby", others.join(" "));
  else control.removeAttribute("aria-describedby");
}
