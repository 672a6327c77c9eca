/** Longer words are compared with none: a hint is a courtesy, and the work of a comparison grows with the length. */
const maxLength = 64;

/** The candidate that the user probably meant by `word` (at most `maxEdits` edits away), for "did you mean" in messages. */
export function closestWord(word: string, candidates: Iterable<string>, maxEdits = 2): string | undefined {
  return closestNamed(word, candidates, { nameOf: String, accepts: () => true }, maxEdits);
}

/** The work that may still go into hints of one pod, so that many misspelt names do not hold up the pods of others. */
export interface HintBudget {
  /** Each cell of a table of distances costs one. Nothing more is compared when there are none. */
  cells: number;
}

/** So many cells are filled in about 10 ms. Two thousand names that are far away need half of them. */
export function newHintBudget(): HintBudget {
  return { cells: 60_000 };
}

interface NamedCandidates<T> {
  readonly nameOf: (candidate: T) => string;
  /** It is asked only about a candidate that is nearer than all before it. */
  readonly accepts: (candidate: T) => boolean;
  /** Without it only the number of the candidates limits the work. */
  readonly budget?: HintBudget | undefined;
}

/** The same for things that have names, some of which may not be offered. */
export function closestNamed<T>(
  word: string,
  candidates: Iterable<T>,
  { nameOf, accepts, budget = { cells: Number.POSITIVE_INFINITY } }: NamedCandidates<T>,
  maxEdits = 2,
): T | undefined {
  let best: T | undefined;
  let bestEdits = maxEdits + 1;
  if (word.length > maxLength) return undefined;
  const lowerWord = word.toLowerCase();
  for (const candidate of candidates) {
    if (budget.cells <= 0) break;
    const name = nameOf(candidate);
    if (name.length > maxLength || Math.abs(name.length - word.length) >= bestEdits) continue;
    const edits = editDistance(lowerWord, name.toLowerCase(), bestEdits - 1, budget);
    if (edits < bestEdits && edits < name.length && accepts(candidate)) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours. It is infinite when it is more
 * than `most`, so that only cells near the diagonal are filled, and none behind a row in which each is more. It keeps the
 * cells of a row from `most` columns before the diagonal to `most` behind it, with one on each side that counts as too far.
 */
export function editDistance(a: string, b: string, most: number, budget: HintBudget): number {
  const far = most + 1;
  const width = 2 * most + 1;
  const empty = Array.from({ length: width + 2 }, () => far);
  let beforeLast = empty;
  let last = empty.map((_, at) => (at > most && at <= width ? at - far : far));
  for (let row = 1; row <= a.length; row += 1) {
    budget.cells -= width;
    const current = [...empty];
    let least = far;
    for (let at = 1; at <= width; at += 1) {
      const column = row - far + at;
      let cost = column === 0 ? row : far;
      if (column > 0 && column <= b.length) {
        // The same place in the row before is one column before this one, since each row begins one column later.
        const same = a[row - 1] === b[column - 1] ? 0 : 1;
        cost = Math.min(cell(last, at + 1) + 1, cell(current, at - 1) + 1, cell(last, at) + same);
        if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
          cost = Math.min(cost, cell(beforeLast, at) + 1);
        }
      }
      current[at] = cost;
      if (cost < least) least = cost;
    }
    if (least > most) return Number.POSITIVE_INFINITY;
    beforeLast = last;
    last = current;
  }
  const offset = b.length - a.length;
  const edits = Math.abs(offset) > most ? far : cell(last, offset + far);
  return edits > most ? Number.POSITIVE_INFINITY : edits;
}

function cell(row: readonly number[], at: number): number {
  return row[at] ?? Number.POSITIVE_INFINITY;
}
