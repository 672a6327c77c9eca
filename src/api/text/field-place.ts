/** The place of a key below `field`, as messages name it: `annotation: key`, then `annotation: key.inner`. */
export function keyOf(field: string, key: string): string {
  return field.includes(": ") ? `${field}.${key}` : `${field}: ${key}`;
}

/** The place of an element below `field`: `annotation: [0]`, or `annotation: key[0]`. */
export function elementOf(field: string, index: number): string {
  return field.includes(": ") ? `${field}[${index}]` : `${field}: [${index}]`;
}
