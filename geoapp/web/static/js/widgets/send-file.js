/* A large file goes in pieces, each sealed on the server as it comes; after a broken connection, or a reload, it goes on where it was. */

import { ask, csrfHeader } from "../lib/http.js";
import { fill } from "../lib/messages.js";

const PIECE = 4 << 20;
const MB = 1 << 20;
const WAITS = [1, 2, 5, 10, 20, 30, 30, 30];
const PASSING = new Set(["offline", "timeout", "busy", "failed"]);

export default class SendFile {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.box = form.querySelector("[data-part=sending]");
    this.bar = this.box.querySelector("progress");
    this.said = this.box.querySelector("[data-part=said]");
    this.button = form.querySelector("[type=submit]");
    addEventListener("pageshow", () => this.anew()); // back from the page of an earlier file
    form.addEventListener("submit", (event) => this.start(event));
    this.box.querySelector("[data-part=stop]").addEventListener("click", () => this.giveUp());
  }

  anew() {
    this.form.elements.part.value = "";
    this.input.disabled = this.button.disabled = false;
    this.box.hidden = true;
    this.stop = null;
  }

  /** Small files go with the form; a large one goes first, and the form after it with its key. */
  async start(event) {
    const [file] = this.input.files;
    if (!file || file.size <= PIECE || this.form.elements.part.value) return;
    event.preventDefault();
    if (this.stop) return;
    this.stop = new AbortController();
    this.box.hidden = false;
    this.button.disabled = true;
    try {
      this.form.elements.part.value = await this.send(file);
      this.form.elements.part_name.value = file.name;
      this.input.disabled = true; // its bytes are there
      sessionStorage.removeItem(this.known);
      this.form.submit();
    } catch (error) {
      this.end(error);
    }
  }

  /** All pieces, one after the other; the key of the whole. */
  async send(file) {
    this.known = `geoapp.part:${file.name}:${file.size}:${file.lastModified}`;
    let done = await this.found();
    let tries = 0;
    this.show(done, file.size);
    while (done < file.size) {
      try {
        done = await this.piece(file, done);
        tries = 0;
        this.show(done, file.size);
      } catch (error) {
        if (!PASSING.has(error.kind) || tries === WAITS.length) throw error;
        await this.wait(WAITS[tries], done);
        tries += 1;
      }
    }
    return this.key;
  }

  /** How much of this file the server has of an earlier try; a new key where it has none. */
  async found() {
    this.key = sessionStorage.getItem(this.known) || "";
    if (this.key) {
      try {
        return (await (await this.ask(`/imports/parts/${this.key}`)).json()).done;
      } catch (error) {
        if (error.kind !== "missing") throw error;
      }
    }
    const begun = await (await this.ask("/imports/parts", { method: "POST" })).json();
    this.key = begun.key;
    sessionStorage.setItem(this.known, this.key);
    return begun.done;
  }

  /** One piece; how much is there then, which the server knows better than we do. */
  async piece(file, at) {
    const body = file.slice(at, at + PIECE);
    try {
      return (await (await this.ask(`/imports/parts/${this.key}?at=${at}`, { method: "POST", body })).json()).done;
    } catch (error) {
      if (error.status === 409) return JSON.parse(error.text).done;
      throw error;
    }
  }

  ask(url, options = {}) {
    const headers = { "Content-Type": "application/octet-stream", ...csrfHeader() };
    return ask(url, { accept: "application/json", headers, signal: this.stop.signal, ...options });
  }

  wait(seconds, done) {
    this.said.textContent = fill(this.said.dataset.waiting, { seconds, done: Math.floor(done / MB) });
    return new Promise((resolve, reject) => {
      setTimeout(resolve, seconds * 1000);
      this.stop.signal.addEventListener("abort", () => reject(this.stop.signal.reason));
    });
  }

  show(done, size) {
    this.bar.value = size ? done / size : 0;
    this.said.textContent = fill(this.said.dataset.sending, { done: Math.floor(done / MB), total: Math.ceil(size / MB) });
  }

  /** What has come is thrown away. */
  giveUp() {
    if (!this.stop) return;
    this.stop.abort();
    sessionStorage.removeItem(this.known);
    if (this.key) fetch(`/imports/parts/${this.key}/cancel`, { method: "POST", headers: csrfHeader() });
  }

  end(error) {
    this.stop = null;
    this.button.disabled = false;
    this.box.hidden = error.name === "AbortError";
    this.said.textContent = error.detail || this.said.dataset.failed;
  }
}
