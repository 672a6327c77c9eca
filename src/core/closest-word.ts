/** The candidate that the user probably meant by `word` (at most `maxEdits` edits away), for "did you mean" in messages. */
export function closestWord(word: string, candidates: Iterable<string>, maxEdits = 2): string | undefined {
  return closestNamed(word, candidates, { nameOf: String, accepts: () => true }, maxEdits);
}

interface NamedCandidates<T> {
  readonly nameOf: (candidate: T) => string;
  /** It is asked only about a candidate that is nearer than all before it. */
  readonly accepts: (candidate: T) => boolean;
}

/** The same for things that have names, some of which may not be offered. */
export function closestNamed<T>(
  word: string,
  candidates: Iterable<T>,
  { nameOf, accepts }: NamedCandidates<T>,
  maxEdits = 2,
): T | undefined {
  let best: T | undefined;
  let bestEdits = maxEdits + 1;
  for (const candidate of candidates) {
    const name = nameOf(candidate);
    if (Math.abs(name.length - word.length) >= bestEdits) continue;
    const edits = editDistance(word.toLowerCase(), name.toLowerCase());
    if (edits < bestEdits && edits < name.length && accepts(candidate)) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
