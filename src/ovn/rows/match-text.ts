/** Gives a text as a string of an expression of OVN, which reads the escapes of JSON. So no text ends it and goes on as a match. */
export function quotedText(text: string): string {
  return JSON.stringify(text);
}
