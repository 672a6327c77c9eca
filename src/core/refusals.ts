import type { RefusalCode } from "./error-codes.ts";
import { type AppError, isRefusal, refusal } from "./errors.ts";

/**
 * Collects refusals, so that a user learns of all faults of a request at once. It throws at once a refusal that may be over in
 * a moment, unless a fault of the user was found before it, and every error that is no refusal.
 */
export class Refusals {
  readonly #found: AppError<RefusalCode>[] = [];

  /** Runs a check, or makes a value. Gives undefined when it refuses. */
  try<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (caught) {
      this.#keep(caught);
      return undefined;
    }
  }

  /** Does the same as `try` for a check that waits. */
  async whenTried<T>(check: () => Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (caught) {
      this.#keep(caught);
      return undefined;
    }
  }

  /** Takes a refusal that was not thrown. */
  add(found: AppError<RefusalCode>): void {
    this.#keep(found);
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** Throws all refusals that were found as one, with the code of the first. */
  throwAll(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    throw others.length === 0 ? first : joined(first, others);
  }

  #keep(caught: unknown): void {
    if (!isRefusal(caught)) throw caught;
    if (caught.disposition === "retry") {
      if (this.isEmpty) throw caught;
      return;
    }
    for (const one of refusalsIn(caught)) {
      if (!this.#found.some(({ message }) => message === one.message)) this.#found.push(one);
    }
  }
}

/** Gives each fault of a refusal by itself. */
export function refusalsIn(error: AppError<RefusalCode>): readonly AppError<RefusalCode>[] {
  const { others = [], ...details } = error.details;
  if (others.length === 0) return [error];
  const rest = others.map((one) => refusal(one.code, one.details));
  return [refusal(error.code, details, error.cause), ...rest];
}

function joined(first: AppError<RefusalCode>, others: readonly AppError<RefusalCode>[]): AppError<RefusalCode> {
  const holder = [first, ...others].find(({ details }) => details.holder !== undefined)?.details.holder;
  const details = { ...first.details, others: others.map(({ code, details: own }) => ({ code, details: own })) };
  return refusal(first.code, { ...details, ...(holder === undefined ? {} : { holder }) }, first.cause);
}
