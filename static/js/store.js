// Web storage without exceptions: where it is blocked or full, nothing is stored or found.
// `kind` is "localStorage" or "sessionStorage": accessing a blocked one already throws.
export function recall(key, kind = "localStorage") {
  try { return window[kind].getItem(key); } catch { return null; }
}

export function keep(key, text, kind = "localStorage") {
  try {
    if (text) window[kind].setItem(key, text);
    else window[kind].removeItem(key);
  } catch { /* not stored: the page works without */ }
}
