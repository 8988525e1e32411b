/* Edits go to the server one after another, each on the version the one before it made. */

export class EditQueue {
  /** `send(edit)` resolves to the server's answer; `done(edit, answer)`, `failed(edit, trouble)` follow in order. */
  constructor({ send, done, failed, changed = () => {} }) {
    Object.assign(this, { send, done, failed, changed });
    this.waiting = [];
    this.busy = null;
  }

  get length() {
    return this.waiting.length + (this.busy ? 1 : 0);
  }

  add(edit) {
    this.waiting.push(edit);
    this.changed(this.length);
    if (!this.busy) this.run();
  }

  /** Edits that were drawn on top of one that failed are given up with it: they were meant for another plan. */
  async run() {
    while (this.waiting.length) {
      this.busy = this.waiting.shift();
      try {
        const answer = await this.send(this.busy);
        this.done(this.busy, answer);
      } catch (trouble) {
        const given = [this.busy, ...this.waiting];
        this.waiting = [];
        this.failed(given, trouble);
      }
      this.busy = null;
      this.changed(this.length);
    }
  }
}
