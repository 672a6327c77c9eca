// Values of columns as they go on the wire (RFC 7047 section 5.1), compared as what they mean.

/** The value as a text that is the same for the same value: sets and maps have no order, and a set of one is its element. */
export function canonical(value: unknown): string {
  if (!Array.isArray(value)) return print(value);
  const [kind, elements] = value as [unknown, unknown];
  if (kind === "set" && Array.isArray(elements)) {
    const texts = elements.map(print).sort();
    return texts.length === 1 ? (texts[0] ?? "") : `{${texts.join()}}`;
  }
  if (kind === "map" && Array.isArray(elements)) return `map {${elements.map(print).sort().join()}}`;
  return print(value);
}

/** JSON with integers of any size. */
function print(value: unknown): string {
  return typeof value === "bigint"
    ? value.toString()
    : Array.isArray(value)
      ? `[${value.map(print).join()}]`
      : JSON.stringify(value);
}
