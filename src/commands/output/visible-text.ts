// Text from the cluster is written by many people. A terminal obeys some of its characters: they are shown instead.

/** Characters that a terminal obeys (C0, C1 and DEL), that turn the direction of a text, or that end a line. */
const obeyed = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const obeyedInLines = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The text in one line, with each character that a terminal would obey in its escaped form, as `\u001b`. */
export function visibleText(text: string): string {
  return text.replace(/\s+/g, " ").replace(obeyed, escapedForm);
}

/** The same for a text of several lines, which stay. */
export function visibleLines(text: string): string {
  return text.replace(obeyedInLines, escapedForm);
}

/** True when a terminal would obey something in the text, apart from the ends of lines. */
export function isObeyed(text: string): boolean {
  return text.search(obeyedInLines) !== -1;
}

function escapedForm(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
