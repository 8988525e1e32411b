/* Light, dark, wall, or as the system has it. The choice is kept in this browser. */

export default class ThemeSwitch {
  constructor(element) {
    this.buttons = [...element.querySelectorAll("[data-theme-choice]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.choose(button.dataset.themeChoice));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.apply(document.documentElement.dataset.theme));
    this.mark(document.documentElement.dataset.theme);
  }

  choose(theme) {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
    this.apply(theme);
  }

  apply(theme) {
    const root = document.documentElement;
    const dark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme !== "light";
    root.dataset.theme = theme;
    root.dataset.tone = dark ? "dark" : "light";
    this.mark(theme);
    document.dispatchEvent(new CustomEvent("geoapp:theme", { detail: { theme } }));
  }

  mark(theme) {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}
