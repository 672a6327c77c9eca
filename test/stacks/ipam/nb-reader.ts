import { AllocationRows } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { AddressIndex } from "#src/ipam/index/address-index.ts";
import { addressKey } from "#src/ipam/index/address-key.ts";
import { parseIp } from "#src/net/ip.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { loadBalancer, logicalSwitch, nat } from "#src/ovn/nb-tables.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import type { Row, RowChange, TableSpec } from "ovsdb-client";
import { knownIndex } from "#test/assertions/known-index.ts";

/** Follows a Northbound database as webhook and controller do, in this process, with everything that they keep of it. */
export class NbReader implements AsyncDisposable {
  readonly index: AddressIndex;
  readonly rows: AllocationRows;
  readonly #client: DatabaseClient;

  constructor(endpoint: string, cluster: string) {
    this.#client = new DatabaseClient({
      endpoints: [endpoint],
      database: "OVN_Northbound",
      tables: [...AddressIndex.tables.filter(({ name }) => name !== controllerPort.name), controllerPort],
      listener: {
        changed: (changes) => {
          this.#show(changes);
        },
        synced: () => {},
        lost: () => {},
      },
      clock: systemClock,
      logger: silentLogger,
    });
    const source = { rows: <T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> => this.#client.rows(table) };
    this.index = new AddressIndex({
      source,
      clock: systemClock,
      cluster,
      cooldownMs: 60_000,
      randomBelow: () => 0n,
      events: {},
    });
    this.rows = new AllocationRows({ cluster, monotonicMs: () => 0, onChange: () => {} });
  }

  static async start(endpoint: string, cluster: string): Promise<NbReader> {
    const reader = new NbReader(endpoint, cluster);
    reader.#client.start(new AbortController().signal);
    await reader.#client.waitForSession({ deadlineMs: systemClock.monotonicMs() + 60_000 });
    return reader;
  }

  /** Resolves when everything was seen that was committed before the call. A reply comes after earlier changes. */
  async caughtUp(): Promise<void> {
    const session = await this.#client.waitForSession({ deadlineMs: systemClock.monotonicMs() + 60_000 });
    await session.transact([], { deadlineMs: systemClock.monotonicMs() + 60_000 });
  }

  known(): unknown {
    const switches = [...this.#client.rows(logicalSwitch).values()];
    const names = new Set(switches.map(({ name }) => name));
    const ports = new Set(this.#client.rows(controllerPort).keys());
    const virtual = [
      ...[...this.#client.rows(nat).values()].map(({ external_ip: ip }) => parseIp(ip)),
      ...[...this.#client.rows(loadBalancer).values()].flatMap(({ vips }) => [...vips.keys()].map(vipAddress)),
    ];
    return knownIndex(this, {
      names: [...names].sort(),
      ports: [...ports].sort(),
      namespaces: ["default", ""],
      addresses: virtual.filter((ip) => ip !== undefined).map(addressKey),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  #show(changes: readonly RowChange[]): void {
    this.index.apply(changes);
    this.rows.apply(changes);
  }
}
