/* Names and sizes of files. */

/** File name of a Content-Disposition header (RFC 6266, the UTF-8 form first), or `fallback`. */
export function fileName(header, fallback) {
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(header || "");
  if (coded) return decodeURIComponent(coded[1]);
  const plain = /filename="?([^";]+)"?/i.exec(header || "");
  return plain ? plain[1] : fallback;
}

/** Bytes as kB or MB. */
export function sizeText(bytes) {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
