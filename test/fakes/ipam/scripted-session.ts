// A session whose transactions the test answers one by one. Nothing runs without the test.
import type { Operation, OperationResult, OvsdbSession } from "ovsdb-client";
import { AppError } from "#src/core/errors.ts";
import { checkResults, transactionFailed } from "#packages/ovsdb-client/src/transaction/results.ts";
import { fromOvsdb } from "#src/ovsdb/ovsdb-errors.ts";
import { settled } from "../manual-clock.ts";
import type { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

interface Call {
  readonly operations: readonly Operation[];
  readonly resolve: (results: readonly OperationResult[]) => void;
  readonly reject: (error: AppError) => void;
}

export class ScriptedSession implements OvsdbSession {
  readonly number = 1;
  readonly endpoint = "unix:scripted";
  readonly clusterId = undefined;
  readonly serverId = undefined;
  readonly #nb: NbFixture;
  readonly #ended = new AbortController();
  readonly #calls: Call[] = [];

  constructor(nb: NbFixture) {
    this.#nb = nb;
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The transactions that wait for an answer, oldest first. */
  get waiting(): readonly (readonly Operation[])[] {
    return this.#calls.map(({ operations }) => operations);
  }

  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ operations, resolve, reject });
    });
  }

  /** Waits for a transaction, and returns the oldest one that waits for an answer. */
  async next(): Promise<readonly Operation[]> {
    await settled();
    const [call] = this.#calls;
    if (call === undefined) throw new Error("no transaction was sent");
    return call.operations;
  }

  /** The server runs the oldest transaction, sends the changes, and answers. */
  async run(): Promise<readonly Operation[]> {
    const operations = await this.next();
    const { results } = this.#nb.nb.execute(operations);
    this.#nb.commit();
    const call = this.#calls.shift();
    try {
      call?.resolve(checkResults(operations, results));
    } catch (error) {
      call?.reject(fromOvsdb(error));
    }
    await settled();
    return operations;
  }

  /** Runs all transactions until no more are sent. */
  async runAll(): Promise<void> {
    await settled();
    while (this.#calls.length > 0) await this.run();
  }

  /** The server answers that the oldest transaction is done, and never sends its changes. */
  async acknowledge(): Promise<void> {
    const operations = await this.next();
    this.#calls.shift()?.resolve(operations.map(() => ({})));
    await settled();
  }

  /**
   * The server refuses the oldest transaction without running it. `operation` is the one that failed; undefined stands
   * for the commit.
   */
  async refuse(operation?: number): Promise<void> {
    const operations = await this.next();
    this.#calls.shift()?.reject(fromOvsdb(transactionFailed(operations, "constraint violation", undefined, operation)));
    await settled();
  }

  /** The connection breaks. Transactions in flight end without an answer. */
  async cut(): Promise<void> {
    this.#ended.abort(new AppError("NotConnected", "cut"));
    for (const { reject } of this.#calls.splice(0)) reject(new AppError("OutcomeUnknown", "cut in flight"));
    await settled();
  }
}
