// Keeps a transaction of an earlier session from being committed late, and notices when the database was restored.
import { insert, mutate, type Operation, wait } from "ovsdb-client";
import { fenceKey } from "#src/ovn/external-ids.ts";
import { nbGlobal } from "#src/ovn/nb-tables.ts";

/** The conclusion from the value of our key in the database. */
export type FenceVerdict =
  /** The value is the number that we wrote last, or one that we tried to write since. */
  | "ours"
  /** We have not written one yet. */
  | "first"
  /** NB was restored from a backup, or somebody removed the key. Rows of ours may be missing. */
  | "restored";

/**
 * The fence numbers of one process. Each connection writes the next number into NB_Global, and so do renewals.
 * Each transaction of ours waits for the number that was written last. So no transaction of an earlier connection can
 * commit late, and a restored backup is noticed. Numbers are never used twice: they count up from a random start.
 */
export class Fence {
  readonly key: string;
  #lastTried: bigint;
  #confirmed: bigint | undefined;

  /** `start` is a random number of at least 48 bits. */
  constructor(replica: string, start: bigint) {
    this.key = fenceKey(replica);
    this.#lastTried = start;
  }

  /** The number in force, as NB has it; undefined before the first one was confirmed. */
  get current(): string | undefined {
    return this.#confirmed?.toString();
  }

  judge(value: string | undefined): FenceVerdict {
    if (this.#confirmed === undefined) return "first";
    const number = value !== undefined && /^[0-9]{1,30}$/.test(value) ? BigInt(value) : undefined;
    return number !== undefined && number >= this.#confirmed && number <= this.#lastTried ? "ours" : "restored";
  }

  /**
   * Gives the operations that put the next number in place of `read`, the value that was seen last. They fail with
   * `timed out` when the key has another value by then, so that a write that was overtaken cannot turn the key back.
   */
  write(read: string | undefined): { readonly number: bigint; readonly operations: readonly Operation[] } {
    this.#lastTried += 1n;
    const number = this.#lastTried;
    const put = mutate(nbGlobal, [], [["external_ids", "insert", { [this.key]: number.toString() }]]);
    if (read === undefined) return { number, operations: [put, this.waitFor(number.toString())] };
    const drop = mutate(nbGlobal, [], [["external_ids", "delete", { [this.key]: read }]]);
    return { number, operations: [this.waitFor(read), drop, put] };
  }

  /**
   * Does the same for an NB that has no row in NB_Global yet; otherwise northd or anybody's ovn-nbctl makes that row.
   * The table takes one row: whoever comes second gets a constraint violation.
   */
  writeFirst(): { readonly number: bigint; readonly operations: readonly Operation[] } {
    this.#lastTried += 1n;
    const number = this.#lastTried;
    return { number, operations: [insert(nbGlobal, { external_ids: { [this.key]: number.toString() } })] };
  }

  /** Called when the write of this number was answered without an error. */
  confirm(number: bigint): void {
    this.#confirmed = number;
  }

  /** Takes our key out of NB. After that no transaction of this process can commit. */
  remove(): Operation {
    return mutate(nbGlobal, [], [["external_ids", "delete", [this.key]]]);
  }

  /** Makes a transaction fail unless our key has this value. */
  waitFor(value: string): Operation {
    return wait(nbGlobal, {
      where: [["external_ids", "includes", { [this.key]: value }]],
      columns: ["external_ids"],
      until: "!=",
      rows: [],
      timeoutMs: 0,
    });
  }
}
