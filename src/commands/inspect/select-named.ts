import { closestWord } from "#src/core/closest-word.ts";
import { type AppError, refusal } from "#src/core/errors.ts";

/** The rows with these names, in their own order, or all without a name. Throws what `unknown` gives for a name that none has. */
export function selectNamed<T extends { readonly name: string }>(
  names: readonly string[],
  rows: readonly T[],
  unknown: (name: string, rows: readonly T[]) => AppError,
): readonly T[] {
  const missing = names.find((name) => !rows.some((row) => row.name === name));
  if (missing !== undefined) throw unknown(missing, rows);
  return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
}

/** The refusal of a name that is none of `known`. It suggests the nearest one. */
export function unknownNetwork(name: string, known: readonly { readonly name: string }[]): AppError {
  const meant = closestWord(
    name,
    known.map((each) => each.name),
  );
  return refusal("UnknownNetwork", {
    field: "network",
    value: name,
    reason: "is not the name of a network",
    remedy:
      meant === undefined ? "`ovn4nfv networks` lists those that there are" : `did you mean ${JSON.stringify(meant)}?`,
  });
}
