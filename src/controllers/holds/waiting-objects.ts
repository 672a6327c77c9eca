import { compareAge, type ObjectLife } from "#src/kube/client/object-life.ts";

type Age = Pick<ObjectLife, "createdAt" | "uid">;

/**
 * The objects that wait for something that others have, by what they wait for. When it may be free, the oldest of them are
 * looked at, so that the work does not grow with the number of those who wait.
 */
export class WaitingObjects {
  readonly #causes = new Map<string, Map<string, Age>>();
  readonly #causeOf = new Map<string, string>();

  /** Keeps what the object with the key waits for; undefined for nothing. Gives what it waited for until now. */
  set(key: string, age: Age, cause: string | undefined): string | undefined {
    const before = this.forget(key);
    if (cause === undefined) return before;
    this.#causeOf.set(key, cause);
    const waiting = this.#causes.get(cause) ?? new Map<string, Age>();
    waiting.set(key, age);
    this.#causes.set(cause, waiting);
    return before;
  }

  /** Called when the object waits for nothing any more. Gives what it waited for until now. */
  forget(key: string): string | undefined {
    const before = this.#causeOf.get(key);
    if (before !== undefined) this.#take(key, before);
    return before;
  }

  /** The keys of the oldest objects that wait for this, at most `count`. */
  oldest(cause: string, count: number): readonly string[] {
    const found: (readonly [key: string, age: Age])[] = [];
    for (const entry of this.#causes.get(cause) ?? []) {
      const last = found.at(-1);
      if (found.length === count && last !== undefined && compareAge(entry[1], last[1]) > 0) continue;
      const at = found.findIndex((one) => compareAge(entry[1], one[1]) < 0);
      found.splice(at < 0 ? found.length : at, 0, entry);
      if (found.length > count) found.pop();
    }
    return found.map(([key]) => key);
  }

  #take(key: string, cause: string): void {
    this.#causeOf.delete(key);
    const waiting = this.#causes.get(cause);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#causes.delete(cause);
  }
}
