// Initialises behaviours: <… data-js="grow count"> gets grow.js and count.js, also when it is
// added later. The site sends this file and all that it imports as one script.
import { announce } from "./announce.js";
import { autosave } from "./autosave.js";
import { chips } from "./chips.js";
import { confirm } from "./confirm.js";
import { count } from "./count.js";
import { draft } from "./draft.js";
import { enlarge } from "./enlarge.js";
import { enter } from "./enter.js";
import { fold } from "./fold.js";
import { grow } from "./grow.js";
import { inplace } from "./inplace.js";
import { keys } from "./keys.js";
import { menu } from "./menu.js";
import { once } from "./once.js";
import { picture } from "./picture.js";
import { seen } from "./seen.js";
import { share } from "./share.js";
import { show } from "./show.js";
import { stories } from "./stories.js";
import { target } from "./target.js";
import { topics } from "./topics.js";
import { unsaved } from "./unsaved.js";
import { upload } from "./upload.js";

const behaviours = { announce, autosave, chips, confirm, count, draft, enlarge, enter, fold, grow,
  inplace, keys, menu, once, picture, seen, share, show, stories, target, topics, unsaved, upload };
const mounted = new WeakSet();

function mount(root) {
  for (const element of [root, ...root.querySelectorAll("[data-js]")]) {
    if (!element.dataset.js || mounted.has(element)) continue;
    mounted.add(element);
    for (const name of element.dataset.js.split(" ")) behaviours[name]?.(element);
  }
}

mount(document.body);
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes])) {
    if (node instanceof HTMLElement && node.isConnected) mount(node);
  }
}).observe(document.body, { childList: true, subtree: true });
