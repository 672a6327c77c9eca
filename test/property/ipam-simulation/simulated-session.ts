// One connection to the simulated database. It has its own place in the log, and transactions in flight.
import type { Operation, OperationResult, OvsdbSession, RowChange } from "ovsdb-client";
import { AppError } from "#src/core/errors.ts";
import { fromOvsdb } from "#src/ovsdb/ovsdb-errors.ts";
import type { Replica } from "#packages/ovsdb-client/src/monitor/replica.ts";
import { checkResults, transactionFailed } from "#packages/ovsdb-client/src/transaction/results.ts";
import { type SimulatedNb, updatesBetween, wireRow } from "#test/fakes/ipam/simulated-nb.ts";

interface InFlight {
  readonly operations: readonly Operation[];
  readonly resolve: (results: readonly OperationResult[]) => void;
  readonly reject: (error: AppError) => void;
  /** The answer of the server, when it has run. */
  results: readonly unknown[] | undefined;
  /** The length of the log when it ran. A reply comes after at least that much. */
  executedAt: number;
}

export class SimulatedSession implements OvsdbSession {
  readonly endpoint = "unix:simulated";
  readonly clusterId = undefined;
  readonly serverId = undefined;
  readonly number: number;
  readonly #nb: SimulatedNb;
  readonly #replica: Replica;
  readonly #changed: (changes: readonly RowChange[]) => void;
  readonly #ended = new AbortController();
  #delivered: number;
  /** The transactions in flight. They are run and answered in order. */
  readonly #inFlight: InFlight[] = [];

  /** Reads everything, like a client that connects. */
  constructor(nb: SimulatedNb, replica: Replica, number: number, changed: (changes: readonly RowChange[]) => void) {
    this.number = number;
    this.#nb = nb;
    this.#replica = replica;
    this.#changed = changed;
    this.#delivered = nb.last;
    const read = replica.beginFullRead();
    for (const [table, rows] of nb.now) {
      for (const [uuid, row] of rows) read.row(table, uuid, { initial: wireRow(table, row) });
    }
    this.#show(read.finish());
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The operations of the transaction that is answered next. */
  get first(): readonly Operation[] | undefined {
    return this.#inFlight[0]?.operations;
  }

  /** True when that transaction has run, and only its answer is missing. */
  get isFirstExecuted(): boolean {
    return this.#inFlight[0]?.results !== undefined;
  }

  /** The number of commits that this session does not know yet. */
  get behind(): number {
    return this.#nb.last - this.#delivered;
  }

  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    if (this.signal.aborted) return Promise.reject(new AppError("NotConnected", "the session is over"));
    return new Promise((resolve, reject) => {
      this.#inFlight.push({ operations, resolve, reject, results: undefined, executedAt: 0 });
    });
  }

  /** The server runs the next transaction that has not run. */
  execute(): void {
    const call = this.#inFlight.find(({ results }) => results === undefined);
    if (call !== undefined) this.#run(call);
  }

  /** The server runs the transaction that is answered next once more, and answers with the second result. */
  executeAgain(): void {
    const [call] = this.#inFlight;
    if (call?.results !== undefined) this.#run(call);
  }

  /** Sends the next `count` commits in one message. */
  deliver(count: number): void {
    const to = Math.min(this.#delivered + count, this.#nb.last);
    const updates = updatesBetween(this.#nb.at(this.#delivered), this.#nb.at(to));
    this.#delivered = to;
    this.#show(this.#replica.decodeUpdates(updates));
  }

  /** Sends the answer, after everything that was committed before the transaction ran, and perhaps more. */
  reply(more: number): void {
    const [call] = this.#inFlight;
    if (call?.results === undefined) return;
    this.deliver(Math.max(0, call.executedAt - this.#delivered) + more);
    this.#inFlight.shift();
    try {
      call.resolve(checkResults(call.operations, call.results));
    } catch (error) {
      call.reject(fromOvsdb(error));
    }
  }

  /** Answers with an error that says nothing about the outcome. The server answers from old data. */
  replyAmbiguously(): void {
    const call = this.#inFlight.shift();
    call?.reject(fromOvsdb(transactionFailed(call.operations, "canceled", undefined)));
  }

  /** Cuts the connection. Returns the transactions that may still reach the server. */
  cut(): readonly (readonly Operation[])[] {
    const calls = this.#inFlight.splice(0);
    this.#ended.abort(new AppError("NotConnected", "cut"));
    for (const { reject } of calls) reject(new AppError("OutcomeUnknown", "cut in flight"));
    return calls.filter(({ results }) => results === undefined).map(({ operations }) => operations);
  }

  #run(call: InFlight): void {
    call.results = this.#nb.execute(call.operations).results;
    call.executedAt = this.#nb.last;
  }

  #show(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    this.#replica.apply(changes);
    this.#changed(changes);
  }
}
