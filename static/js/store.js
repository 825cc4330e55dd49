// What this browser keeps, as text; nothing where it keeps nothing (blocked, full, private).
// `kind` is localStorage or sessionStorage by name, for even naming a blocked one throws.
export function recall(key, kind = "localStorage") {
  try { return window[kind].getItem(key); } catch { return null; }
}

export function keep(key, text, kind = "localStorage") {
  try {
    if (text) window[kind].setItem(key, text);
    else window[kind].removeItem(key);
  } catch { /* then it is not kept: the page works without */ }
}
