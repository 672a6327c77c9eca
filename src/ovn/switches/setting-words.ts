/** Splits at commas and blanks. `undefined` has no words. */
export function settingWords(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
}
