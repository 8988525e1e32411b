/* A click on a demo account fills the sign-in form. */

export default class DemoAccounts {
  constructor(element) {
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      document.getElementById("name").value = button.dataset.name;
      document.getElementById("password").value = button.dataset.password;
      for (const other of element.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      document.querySelector(".sign-in__form button[type=submit]").focus();
    });
  }
}
