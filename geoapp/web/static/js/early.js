/* A classic script in <head>, so that the theme stands before the first paint.
   Address (?theme=) over the reader's own choice over the system's. */
(function () {
  var root = document.documentElement;
  var themes = ["light", "dark", "wall"];
  var asked = new URLSearchParams(location.search).get("theme");
  var kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch (error) {
    kept = null; // storage switched off: the choice lasts for this page only
  }
  var theme = [asked, kept].filter(function (t) { return themes.indexOf(t) >= 0; })[0];
  var dark = theme ? theme !== "light" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = theme || "auto";
  root.dataset.tone = dark ? "dark" : "light";
  root.classList.add("js");
})();
