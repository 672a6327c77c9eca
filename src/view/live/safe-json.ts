const unsafe = /[<>&\u2028\u2029]/g;

/**
 * Prints a value as JSON in one line that is harmless wherever it lands: markup characters and the line ends of JavaScript are
 * escaped, which changes nothing for whoever parses it.
 */
export function printSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
