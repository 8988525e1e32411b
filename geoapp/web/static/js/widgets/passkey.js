/* Makes a passkey or answers with one: the browser signs the server's challenge for this address alone. */

import { postJson } from "../lib/passkeys.js";

export default class PasskeyWidget {
  constructor(element) {
    this.element = element;
    this.said = element.querySelector("[data-part=said]");
    const use = element.querySelector("[data-part=use]");
    const make = element.querySelector("[data-part=make]");
    if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
    for (const button of [use, make]) if (button) button.hidden = false;
    use?.addEventListener("click", () => this.attempt(() => this.use()));
    make?.addEventListener("click", () => this.attempt(() => this.make()));
    element.addEventListener("submit", (event) => { event.preventDefault(); make?.click(); });
  }

  async attempt(step) {
    this.said.hidden = true;
    try {
      const { next } = await step();
      location.assign(next);
    } catch (error) {
      this.said.textContent = error.sentence ?? this.element.dataset.failed;
      this.said.hidden = false;
    }
  }

  async use() {
    const options = await postJson("/sign-in/passkey/options", {});
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const answer = await navigator.credentials.get({ publicKey });
    return postJson(`/sign-in/passkey?next=${encodeURIComponent(this.element.dataset.next)}`, answer.toJSON());
  }

  async make() {
    const options = await postJson("/account/passkeys/options", {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = await navigator.credentials.create({ publicKey });
    const name = this.element.querySelector("[name=name]").value;
    return postJson("/account/passkeys", { ...made.toJSON(), name });
  }
}
