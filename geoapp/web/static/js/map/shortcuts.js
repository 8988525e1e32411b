/* One key, one action; listed in the dialog that "?" opens. */

import { actionOf } from "../lib/keys.js";

export class Shortcuts {
  /** `run` = {action: function}; an action without a function is no shortcut here. */
  constructor(run) {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing) return;
      const inField = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
      const inDialog = document.querySelector("dialog[open]") !== null;
      const { key, ctrlKey, metaKey, altKey } = event;
      const action = actionOf({ key, ctrlKey, metaKey, altKey, inField, inDialog });
      if (!action || !run[action]) return;
      if (action !== "escape") event.preventDefault();
      run[action]();
    });
  }
}
