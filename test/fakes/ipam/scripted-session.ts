// A session whose transactions the test answers one by one, in whatever way; nothing is run by itself.
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

  /** Transactions that wait for an answer, oldest first. */
  get waiting(): readonly (readonly Operation[])[] {
    return this.#calls.map(({ operations }) => operations);
  }

  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ operations, resolve, reject });
    });
  }

  /** The oldest transaction that waits, once there is one. */
  async next(): Promise<readonly Operation[]> {
    await settled();
    const [call] = this.#calls;
    if (call === undefined) throw new Error("no transaction was sent");
    return call.operations;
  }

  /** The server runs the oldest, shows what came of it, and answers. */
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

  /** Runs all that is sent, until nothing more is. */
  async runAll(): Promise<void> {
    await settled();
    while (this.#calls.length > 0) await this.run();
  }

  /** The server answers the oldest as done, and nothing of it is ever seen. */
  async acknowledge(): Promise<void> {
    const operations = await this.next();
    this.#calls.shift()?.resolve(operations.map(() => ({})));
    await settled();
  }

  /** The server refuses the oldest without running it; `operation` = the one that failed, undefined = the commit. */
  async refuse(operation?: number): Promise<void> {
    const operations = await this.next();
    this.#calls.shift()?.reject(fromOvsdb(transactionFailed(operations, "constraint violation", undefined, operation)));
    await settled();
  }

  /** The connection breaks: what is in flight ends without an answer. */
  async cut(): Promise<void> {
    this.#ended.abort(new AppError("NotConnected", "cut"));
    for (const { reject } of this.#calls.splice(0)) reject(new AppError("OutcomeUnknown", "cut in flight"));
    await settled();
  }
}
