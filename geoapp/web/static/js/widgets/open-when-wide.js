/* A <details> that stands open beside the page and is folded away on a narrow screen. */

export default class OpenWhenWide {
  constructor(element) {
    const wide = matchMedia("(min-width: 901px)");
    element.open = wide.matches;
    wide.addEventListener("change", () => { element.open = wide.matches; });
  }
}
