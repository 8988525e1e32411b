/* Prints the page; beside the map it opens the record's own page first, which prints well. */

export default class PrintPage {
  constructor(button) {
    button.addEventListener("click", () => {
      const record = button.closest("[data-register]");
      if (document.getElementById("map")) window.open(`/${record.dataset.register}/${record.dataset.id}`, "_blank", "noopener");
      else window.print();
    });
  }
}
