/* Posting JSON with the page's token; a refusal is thrown with the server's own sentence. */

export async function postJson(url, body, send = fetch) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token };
  const response = await send(url, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await response.json().catch(() => ({}));
  if (response.ok && !response.redirected) return said;
  throw Object.assign(new Error(`refused: ${response.status}`), { sentence: said.description });
}
