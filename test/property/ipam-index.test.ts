// Shows random rows to the projections of NB, in messages whose rows come in any order, and compares what they know with
// what a new process would read.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Row, RowChange, TableSpec } from "ovsdb-client";
import { AllocationRows } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { touchedBy } from "#src/controllers/northbound/touched-networks.ts";
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { isRefusal } from "#src/core/errors.ts";
import { AddressIndex } from "#src/ipam/index/address-index.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { Replica } from "#packages/ovsdb-client/src/monitor/replica.ts";
import { knownIndex } from "#test/assertions/known-index.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { keyOf, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";
import { oddNames, oddNamespaces, oddNb, portUuids, updatesTo, type WireNb } from "#test/fixtures/ipam/odd-nb.ts";

/** The databases one after the other, each with a number that decides about the order of rows in its message. */
type Story = readonly (readonly [nb: WireNb, order: number])[];

const empty: WireNb = new Map();
const questions = {
  names: oddNames,
  ports: portUuids,
  namespaces: oddNamespaces,
  addresses: ["10.0.0.1", "10.0.0.2", "0.0.0.0", "fd00::2"].map(keyOf),
};

const anyStory: fc.Arbitrary<Story> = fc
  .array(fc.tuple(oddNb, fc.nat(), fc.nat(3)), { minLength: 1, maxLength: 5 })
  .map((steps) => {
    const story: [WireNb, number][] = [];
    for (const [nb, order, kept] of steps) {
      const before = story.at(-1)?.[0] ?? empty;
      story.push([keeping(before, nb, order, kept), order]);
    }
    return story;
  });

/** A process that reads NB, with everything that it keeps of it. */
class Reader {
  readonly index: AddressIndex;
  readonly rows = new AllocationRows({ cluster: "c1", monotonicMs: () => 0, onChange: () => {} });
  readonly #replica = new Replica([
    ...AddressIndex.tables.filter(({ name }) => name !== controllerPort.name),
    controllerPort,
  ]);
  #nb: WireNb = empty;

  constructor() {
    const source = {
      rows: <T extends TableSpec>(table: T) => this.#replica.rows(table.name) as unknown as ReadonlyMap<string, Row<T>>,
    };
    this.index = new AddressIndex({
      source,
      clock: new ManualClock(),
      cooldownMs: 60_000,
      randomBelow: () => 0n,
      events: {},
    });
  }

  update(nb: WireNb, order: (key: string) => number): void {
    this.#show(this.#replica.decodeUpdates(updatesTo(this.#nb, nb, order)));
    this.#nb = nb;
  }

  /** Reads everything again, as a client does after a lost connection. */
  reload(nb: WireNb): void {
    const reload = this.#replica.beginFullRead();
    for (const [table, rows] of nb) for (const [uuid, row] of rows) reload.row(table, uuid, { initial: row });
    this.#show(reload.finish());
    this.#nb = nb;
  }

  #show(changes: readonly RowChange[]): void {
    this.#replica.apply(changes);
    this.index.apply(changes);
    this.rows.apply(changes);
    touchedBy(changes);
  }

  known(): unknown {
    return knownIndex(this, questions);
  }
}

test("no order of rows in a message, and no row that somebody could write, leaves the index other than a new process reads it", () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const reader = new Reader();
      for (const [nb, order] of story) {
        if (order % 5 === 0) reader.reload(nb);
        else reader.update(nb, (key) => scrambled(key, order));
        const fresh = new Reader();
        fresh.update(nb, () => 0);
        assert.deepEqual(reader.known(), fresh.known());
        for (const name of oddNames) planOrRefuse(reader.index, name);
      }
    }),
    { numRuns: 500 },
  );
});

function planOrRefuse(index: AddressIndex, network: string): void {
  try {
    planPorts(requestOf(portRequest(network)), { index, nowMs: 0, anySwitch: true });
  } catch (caught) {
    if (!isRefusal(caught)) throw caught;
  }
}

/** The next database, in which some rows stay as they were, and some of those only get other owners or names. */
function keeping(before: WireNb, next: WireNb, order: number, kept: number): WireNb {
  return new Map(
    [...next].map(([table, rows]) => {
      const old = [...(before.get(table) ?? [])].filter(([uuid]) => scrambled(uuid, order) % 4 < kept);
      const stays = old.map(
        ([uuid, row]) => [uuid, withPart(row, rows.get(uuid), scrambled(uuid, order + 1))] as const,
      );
      return [table, new Map([...rows, ...stays])] as const;
    }),
  );
}

function withPart(row: object, next: object | undefined, choice: number): object {
  const column = ["", "external_ids", "name", "ports", "ports"][choice % 5] ?? "";
  const part = Object.entries(next ?? {}).filter(([name]) => name === column);
  return part.length === 0 ? row : { ...row, ...Object.fromEntries(part) };
}

/** A number that looks random, for a key and a seed. */
function scrambled(key: string, seed: number): number {
  let hash = seed | 0;
  for (const character of key) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x9e3779b1) ^ (hash >>> 13);
  return hash >>> 0;
}
