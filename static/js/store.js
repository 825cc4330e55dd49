// Web storage without exceptions: if it is blocked or full, nothing is stored or found. `kind` is
// "localStorage" or "sessionStorage", a name, as even accessing a blocked one throws.
export function getStored(key, kind = "localStorage") {
  try { return window[kind].getItem(key); } catch { return null; }
}

// An empty text removes the key.
export function setStored(key, text, kind = "localStorage") {
  try {
    if (text) window[kind].setItem(key, text);
    else window[kind].removeItem(key);
  } catch { /* not stored: the page works without */ }
}
