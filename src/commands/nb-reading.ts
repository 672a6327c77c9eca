import type { Row, TableSpec } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { backgroundLogger } from "./background-logger.ts";

export interface NbReadingOptions {
  readonly nb: NbAllocatorOptions["nb"];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The tables of the index, with more columns when the caller reads more. */
  readonly tables?: readonly TableSpec[];
  /** Called after each change of the rows, for those who follow them. */
  readonly changed?: () => void;
  /** Called when the rows are up to date, and with the reason when they no longer are. */
  readonly following?: (lost: AppError | undefined) => void;
}

/**
 * The Northbound database as an index for subcommands that only read. Unlike an allocator it never writes, not even a
 * fence.
 */
export class NbReading implements AsyncDisposable {
  readonly index: AddressIndex;
  readonly #client: DatabaseClient;

  private constructor(options: NbReadingOptions) {
    const { nb, clock, logger, tables = AddressIndex.tables, changed, following } = options;
    this.#client = new DatabaseClient({
      ...nb,
      database: "OVN_Northbound",
      tables,
      listener: {
        changed: (changes) => {
          this.index.apply(changes);
          changed?.();
        },
        synced: () => following?.(undefined),
        lost: (error) => following?.(error),
      },
      clock,
      logger: backgroundLogger(logger),
    });
    const source = { rows: <T extends TableSpec>(table: T) => this.rows(table) };
    // Rotors that start at the first address show the same plan each time, which people can compare.
    this.index = new AddressIndex({ source, clock, cooldownMs: 0, randomBelow: () => 0n, events: {} });
  }

  /**
   * Reads all rows once and follows their changes. Throws `NotConnected` with the last failure at the deadline, or
   * `Aborted`.
   */
  static async open(options: NbReadingOptions, call: CallOptions): Promise<NbReading> {
    const reading = new NbReading(options);
    reading.#client.start(call.signal ?? new AbortController().signal);
    try {
      await reading.#client.waitForSession(call);
    } catch (error) {
      await reading.close();
      throw error;
    }
    return reading;
  }

  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#client.rows(table);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
