// The things that the words of a command line name, and what to say about a word that names none.
import { closestWord } from "#src/core/closest-word.ts";
import { type AppError, refusal } from "#src/core/errors.ts";

/** A thing with a name, in a namespace or in none. */
export interface Named {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The rows with these names, in their own order, or all without a name. Throws what `unknown` gives for a name that none has. */
export function selectNamed<T extends Named>(
  names: readonly string[],
  rows: readonly T[],
  unknown: (name: string, rows: readonly T[]) => AppError,
): readonly T[] {
  const missing = names.find((name) => !rows.some((row) => hasName(row, name)));
  if (missing !== undefined) throw unknown(missing, rows);
  return rows.filter((row) => isWanted(names, row));
}

/** True when a word names the thing, as `NAME` or `NAMESPACE/NAME`, and when there are no words. */
export function isWanted(words: readonly string[], thing: Named): boolean {
  return words.length === 0 || words.some((word) => hasName(thing, word));
}

/** The name by which a subcommand takes the thing: `NAMESPACE/NAME`, or `NAME` where it has no namespace. */
export function nameOf({ name, namespace }: Named): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function hasName(thing: Named, word: string): boolean {
  return thing.name === word || nameOf(thing) === word;
}

/** The name that was probably meant by a word, in the form that the word has. */
export function meantName(word: string, known: Iterable<Named>): string | undefined {
  const isWhole = word.includes("/");
  return closestWord(
    word,
    [...known].map((each) => (isWhole ? nameOf(each) : each.name)),
  );
}

/** Ends a message about a word that names nothing: with the name that was probably meant, or with `otherwise`. */
export function hintFor(word: string, known: Iterable<Named>, otherwise: string): string {
  const meant = meantName(word, known);
  return meant === undefined ? otherwise : `did you mean ${JSON.stringify(meant)}?`;
}

/** The refusal of a name that is none of `known`. It suggests the nearest one. */
export function unknownNetwork(name: string, known: readonly Named[]): AppError {
  return refusal("UnknownNetwork", {
    field: "network",
    value: name,
    reason: "is not the name of a network",
    remedy: hintFor(name, known, "`ovn4nfv networks` lists those that there are"),
  });
}
