/** The API server passes on so many runes, and cuts what is longer (apiserver pkg/endpoints/filters/warning.go). */
export const maxWarningRunes = 256;
export const maxAllWarningsRunes = 4096;

/** Cuts warnings to these limits: a long one ends with an ellipsis, a long list with a line that counts the rest. */
export function fitWarnings(warnings: readonly string[]): string[] {
  const cut = [...new Set(warnings)].map((text) => cutRunes(text, maxWarningRunes));
  if (total(cut) <= maxAllWarningsRunes) return cut;
  const kept: string[] = [];
  let left = maxAllWarningsRunes - leftOut(cut.length).length;
  for (const text of cut) {
    left -= runes(text);
    if (left < 0) break;
    kept.push(text);
  }
  return [...kept, leftOut(cut.length - kept.length)];
}

const leftOut = (count: number): string => `${count.toString()} more warnings were left out`;
const runes = (text: string): number => Array.from(text).length;
const total = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + runes(text), 0);

function cutRunes(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text);
  return points.length <= max ? text : `${points.slice(0, max - 1).join("")}…`;
}
