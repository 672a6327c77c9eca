import { type Chosen, isChosen } from "./choices.ts";

/** A text of a template, and the choices for which it stands there. */
export interface Variant {
  readonly text: string;
  /** Says of each choice that matters, by its index, what it must be. It is empty for a text that stands there always. */
  readonly when: ReadonlyMap<number, boolean>;
}

/**
 * Finds the fewest conditions for one object. `texts` has its text for each set of choices, undefined where it is not
 * there; a choice matters when to flip it changes the text somewhere.
 */
export function variantsOf(texts: readonly (string | undefined)[]): readonly Variant[] {
  const bits = Math.log2(texts.length);
  const matters = Array.from({ length: bits }, (_, index) => index).filter((index) =>
    texts.some((text, chosen) => text !== texts[chosen ^ (1 << index)]),
  );
  const seen = new Map<string, Variant>();
  for (const [chosen, text] of texts.entries()) {
    const when = new Map(matters.map((index) => [index, isChosen(chosen, index)]));
    const key = JSON.stringify([...when.values()]);
    if (text !== undefined && !seen.has(key)) seen.set(key, { text, when });
  }
  return [...seen.values()];
}

/** The text of the variants as one piece of a template. `conditions` has that of each choice, by its index. */
export function printVariants(variants: readonly Variant[], conditions: readonly string[]): string {
  return variants
    .map(({ text, when }) => {
      if (when.size === 0) return text;
      const terms = [...when].map(([index, is]) => (is ? `(${conditions[index]})` : `(not (${conditions[index]}))`));
      const all = terms.length === 1 ? terms.join(" ") : `and ${terms.join(" ")}`;
      return `{{- if ${all} }}\n${text}{{- end }}\n`;
    })
    .join("");
}

/** The sets of `count` choices. */
export function everyChosen(count: number): readonly Chosen[] {
  return Array.from({ length: 1 << count }, (_, chosen) => chosen);
}
