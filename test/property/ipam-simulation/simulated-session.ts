// One connection to the simulated database: its own point of delivery, and transactions in flight.
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
  /** What the server would say, once it ran. */
  results: readonly unknown[] | undefined;
  /** The log's length when it ran: a reply comes with at least that much. */
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
  /** Run and answered in order. */
  readonly #inFlight: InFlight[] = [];

  /** Reads everything, as a client does on connect. */
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

  /** True when that one ran, and only its answer is missing. */
  get isFirstExecuted(): boolean {
    return this.#inFlight[0]?.results !== undefined;
  }

  /** Commits that this session has not been told of. */
  get behind(): number {
    return this.#nb.last - this.#delivered;
  }

  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    if (this.signal.aborted) return Promise.reject(new AppError("NotConnected", "the session is over"));
    return new Promise((resolve, reject) => {
      this.#inFlight.push({ operations, resolve, reject, results: undefined, executedAt: 0 });
    });
  }

  /** The server runs the next transaction that did not run yet. */
  execute(): void {
    const call = this.#inFlight.find(({ results }) => results === undefined);
    if (call !== undefined) this.#run(call);
  }

  /** The server runs the transaction that is answered next once more, and answers what came of that. */
  executeAgain(): void {
    const [call] = this.#inFlight;
    if (call?.results !== undefined) this.#run(call);
  }

  /** Tells the next `count` commits in one message. */
  deliver(count: number): void {
    const to = Math.min(this.#delivered + count, this.#nb.last);
    const updates = updatesBetween(this.#nb.at(this.#delivered), this.#nb.at(to));
    this.#delivered = to;
    this.#show(this.#replica.decodeUpdates(updates));
  }

  /** The answer, after all that was committed before the transaction ran, and perhaps more. */
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

  /** An error of the server's that says nothing about the outcome, answered from old data. */
  replyAmbiguously(): void {
    const call = this.#inFlight.shift();
    call?.reject(fromOvsdb(transactionFailed(call.operations, "canceled", undefined)));
  }

  /** The connection is gone; gives the transactions that the server may still have somewhere. */
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
