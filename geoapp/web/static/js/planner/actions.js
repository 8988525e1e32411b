/* What buttons and keys of the editor do, by the same names. */

import { planAction } from "./plan-keys.js";

const TOOLS = ["select", "paint", "lasso", "block", "split", "merge", "drag"];
const PANELS = ["grids", "proposals", "changes", "flow"];
const BRUSH = { least: 8, most: 80, step: 6 };

/** {action: function} of a plan page. */
export function actionsOf(page) {
  const { state, map, draw, tools } = page;
  const active = (run) => () => { if (state.active === null) page.hint("choose_grid", {}, true); else run(state.grids.get(state.active)); };
  const brush = (step) => () => { tools.brush.pixels = Math.min(BRUSH.most, Math.max(BRUSH.least, tools.brush.pixels + step)); page.hint("brush_size", { n: Math.round(tools.brush.metres) }); };
  const step = (op) => () => { if (state.plan[op] > 0) page.edit({ op }); };
  return {
    ...Object.fromEntries(TOOLS.map((tool) => [`tool:${tool}`, () => page.useTool(tool)])),
    ...Object.fromEntries(PANELS.map((panel) => [panel, () => page.openPanel(panel)])),
    undo: step("undo"), redo: step("redo"), renumber: () => page.edit({ op: "renumber" }),
    lock: active((grid) => page.edit({ op: grid.locked ? "unlock" : "lock", grids: [grid.grid] })),
    "lock-all": () => page.edit({ op: state.locked.size === state.grids.size ? "unlock" : "lock" }),
    dedicate: active((grid) => page.edit({ op: "dedicate", grid: grid.grid, dedicated: !grid.dedicated })),
    rename: active((grid) => page.rename.ask(grid)),
    "brush-smaller": brush(-BRUSH.step), "brush-larger": brush(BRUSH.step),
    "zoom-in": () => map.map.zoomIn({ animate: !map.still }), "zoom-out": () => map.map.zoomOut({ animate: !map.still }),
    whole: () => map.fit(state.plan.area.bbox), "fit-grid": active((grid) => draw.fit(grid.grid)),
    map: () => map.map.getCanvas().focus(), table: () => { page.openPanel("grids"); page.table.focus(); },
    compare: () => page.openPanel("changes"), help: () => document.getElementById("plan-keys").showModal(),
    escape: () => { if (tools.path.length || state.chosen.size) { page.hand.cancel(); tools.cancel(); } else if (tools.active !== "select") page.useTool("select"); else state.choose(null); page.news.clearFault(); },
    reload: () => location.reload(),
  };
}

/** One key, one action. */
export class Keyboard {
  constructor(run) {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing) return;
      const inField = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") != null;
      const inDialog = document.querySelector("dialog[open]") !== null;
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
      const action = planAction({ key, ctrlKey, metaKey, altKey, shiftKey, inField, inDialog });
      if (!action || !run[action]) return;
      event.preventDefault();
      run[action]();
    });
  }
}
