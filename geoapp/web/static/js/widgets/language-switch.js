/* The same page and view in the other language: the link keeps the rest of the address. */

export default class LanguageSwitch {
  constructor(link) {
    link.addEventListener("click", () => {
      const params = new URLSearchParams(location.search);
      params.set("lang", link.dataset.lang);
      link.href = `${location.pathname}?${params}${location.hash}`;
    });
  }
}
