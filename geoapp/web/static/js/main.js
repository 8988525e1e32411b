/* Starts what the page asks for: an element with data-module="name" gets an instance of that class (element.module). */

import { forgetDrafts } from "./lib/drafts.js";
import { wireHtmx } from "./widgets/htmx-wiring.js";

const MODULES = {
  "bar-overflow": () => import("./widgets/bar-overflow.js"),
  "claim-rows": () => import("./widgets/claim-rows.js"),
  "claims-map": () => import("./widgets/claims-map.js"),
  clock: () => import("./widgets/clock.js"),
  "coordinate-form": () => import("./map/coordinate-form.js"),
  "demo-accounts": () => import("./widgets/demo-accounts.js"),
  dialog: () => import("./widgets/dialog.js"),
  draft: () => import("./widgets/draft.js"),
  "export-menu": () => import("./widgets/export-menu.js"),
  "filter-form": () => import("./widgets/filter-form.js"),
  identity: () => import("./widgets/identity.js"),
  "language-switch": () => import("./widgets/language-switch.js"),
  "list-rows": () => import("./widgets/list-rows.js"),
  "map-page": () => import("./map/map-page.js"),
  menu: () => import("./widgets/menu.js"),
  "next-home": () => import("./widgets/next-home.js"),
  "open-when-wide": () => import("./widgets/open-when-wide.js"),
  passkey: () => import("./widgets/passkey.js"),
  picker: () => import("./widgets/picker.js"),
  "place-house": () => import("./widgets/place-house.js"),
  "plan-list": () => import("./planner/plan-list.js"),
  "plan-new": () => import("./planner/plan-new.js"),
  "plan-page": () => import("./planner/plan-page.js"),
  "plan-print": () => import("./planner/plan-print.js"),
  "print-page": () => import("./widgets/print-page.js"),
  "region-tree": () => import("./map/region-tree.js"),
  "rows-map": () => import("./widgets/rows-map.js"),
  "search-box": () => import("./map/search-box.js"),
  "send-file": () => import("./widgets/send-file.js"),
  "session-watch": () => import("./widgets/session-watch.js"),
  "theme-switch": () => import("./widgets/theme-switch.js"),
  toasts: () => import("./widgets/toasts.js"),
  "unit-grid": () => import("./widgets/unit-grid.js"),
  "unread-badge": () => import("./widgets/unread-badge.js"),
};
const started = new WeakSet();

/** Start every module in `root` that is not running yet; a name nobody knows is an error of ours. */
export function startModules(root) {
  const found = [...root.querySelectorAll("[data-module]")];
  if (root.matches?.("[data-module]")) found.unshift(root);
  for (const element of found.filter((e) => !started.has(e))) {
    started.add(element);
    const load = MODULES[element.dataset.module];
    if (!load) throw new Error(`no module named ${element.dataset.module}`);
    load().then(({ default: Module }) => { element.module = new Module(element); });
  }
}

if (!document.querySelector("form[action='/sign-out']")) forgetDrafts(localStorage); // nobody is signed in
wireHtmx(startModules);
startModules(document.body);
