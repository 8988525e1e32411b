/* Files of the list: fetched, so that waiting, failure and an expired session are seen. */

import { ask } from "../lib/http.js";
import { fileName, sizeText } from "../lib/files.js";
import { say, sentence, tellTrouble } from "./trouble.js";
import { showToast } from "./toasts.js";

export default class ExportMenu {
  constructor(element) {
    element.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-format]");
      if (!link) return;
      event.preventDefault();
      this.save(link.href, link.dataset.format, link.dataset.name);
    });
  }

  async save(href, format, title) {
    const control = new AbortController();
    const toast = showToast(say("export_running", { format: title }), { keep: true, action: { text: say("cancel"), run: () => control.abort() } });
    try {
      const response = await ask(href, { accept: "*/*", signal: control.signal });
      const parts = await this.read(response, (bytes) => toast.update(`${say("export_running", { format: title })} ${sizeText(bytes)}`));
      const name = fileName(response.headers.get("Content-Disposition"), `export.${format}`);
      this.hand(new Blob(parts, { type: response.headers.get("Content-Type") || "" }), name);
      showToast(say("export_done", { name }));
    } catch (trouble) {
      this.tell(trouble);
    } finally {
      toast.close();
    }
  }

  async read(response, progress) {
    const parts = [];
    let bytes = 0;
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return parts;
      parts.push(value);
      bytes += value.length;
      progress(bytes);
    }
  }

  hand(blob, name) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  tell(trouble) {
    if (trouble.name === "AbortError") showToast(say("export_cancelled"));
    else if (trouble.kind === "session") tellTrouble("session");
    else showToast(say("export_failed", { reason: sentence(trouble.kind || "offline", { status: trouble.status, message: trouble.detail }) }), { tone: "bad" });
  }
}
