// Reads the facts that are in OVN's databases. It asks every ovn-controller for a sign of life, as `ovn-nbctl --wait=hv
// sync` does: the number in NB_Global.nb_cfg is raised, northd hands it on, and each chassis writes it back when it is
// done.
import { column, mutate, type OvsdbInteger, table, type TableSpec } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import type { ChassisState, Facts, Neighbour } from "./facts.ts";
import { noSouthbound } from "./ovn-checks.ts";
import { type Read, read } from "./read.ts";
import { readEndpoint } from "./read-endpoint.ts";

export interface OvnPlace {
  readonly nb: NbAllocatorOptions["nb"];
  /** Endpoints of the Southbound database. Without one it is not read. */
  readonly sb: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

const text = column.string();
const northGlobal = table("NB_Global", {
  nb_cfg: column.integer(),
  sb_cfg: column.integer(),
  options: column.map(text, text, { keep: ["northd_internal_version"] }),
});
const chassisTable = table("Chassis", {
  name: text,
  hostname: text,
  other_config: column.map(text, text, { keep: ["ovn-bridge-mappings"] }),
});
const macBinding = table("MAC_Binding", { logical_port: text, ip: text });
const chassisPrivate = table("Chassis_Private", { name: text, nb_cfg: column.integer() });

interface Asked {
  readonly follows: boolean;
  readonly chassis: readonly ChassisState[];
  readonly neighbours: readonly Neighbour[];
}

type OvnFacts = Pick<Facts, "northbound" | "northd" | "southbound" | "chassis" | "neighbours">;

export async function readOvn(place: OvnPlace, call: CallOptions): Promise<OvnFacts> {
  const { nb, sb, clock } = place;
  const [northbound, southbound] = await Promise.all([
    Promise.all(nb.endpoints.map((endpoint) => readEndpoint(endpoint, clock, call))),
    Promise.all(sb.map((endpoint) => readEndpoint(endpoint, clock, call))),
  ]);
  if (!northbound.some(({ state }) => state === "open")) {
    const unread = { why: "the Northbound database cannot be reached", cure: "see the line northbound" };
    return { northbound, southbound, northd: unread, chassis: unread, neighbours: unread };
  }
  await using owned = new AsyncDisposableStack();
  let check = (): void => {};
  const changed = (): void => {
    check();
  };
  const north = open(place, nb, "OVN_Northbound", [northGlobal], owned, changed);
  const version = await read(() => readVersion(north, call));
  const asked: Read<Asked> =
    sb.length === 0
      ? noSouthbound
      : await read(async () => {
          if (!southbound.some(({ state }) => state === "open")) {
            throw new AppError("NotConnected", "the Southbound database cannot be reached");
          }
          const south = open(
            place,
            { ...nb, endpoints: sb },
            "OVN_Southbound",
            [chassisTable, chassisPrivate, macBinding],
            owned,
            changed,
          );
          await south.waitForSession(call);
          const wanted = await askForLife(north, call);
          const isAnswered = (): boolean =>
            hasReached(north, wanted) && states(south, wanted).every((each) => each.answers);
          await untilTrue(isAnswered, (again) => (check = again), clock, call);
          return {
            follows: hasReached(north, wanted),
            chassis: states(south, wanted),
            neighbours: neighboursIn(south),
          };
        });
  const follows = "value" in asked ? asked.value.follows : undefined;
  const northd = "value" in version ? { value: { version: version.value, follows } } : version;
  if ("why" in asked) return { northbound, southbound, northd, chassis: asked, neighbours: asked };
  const { chassis, neighbours } = asked.value;
  return { northbound, southbound, northd, chassis: { value: chassis }, neighbours: { value: neighbours } };
}

async function readVersion(north: DatabaseClient, call: CallOptions): Promise<string | undefined> {
  await north.waitForSession(call);
  const [global] = north.rows(northGlobal).values();
  return global?.options.get("northd_internal_version");
}

/** Waits for the condition, until the deadline at most. `onCheck` is given what must be called after each change. */
function untilTrue(
  condition: () => boolean,
  onCheck: (check: () => void) => void,
  clock: Clock,
  call: CallOptions,
): Promise<void> {
  return new Promise((resolve) => {
    const limit = clock.after(Math.max(0, (call.deadlineMs ?? 0) - clock.monotonicMs()), resolve);
    const check = (): void => {
      if (!condition()) return;
      limit();
      resolve();
    };
    onCheck(check);
    call.signal?.addEventListener(
      "abort",
      () => {
        limit();
        resolve();
      },
      { once: true },
    );
    check();
  });
}

/** True when northd has carried the number to the Southbound database. */
function hasReached(north: DatabaseClient, wanted: OvsdbInteger): boolean {
  const [global] = north.rows(northGlobal).values();
  return (global?.sb_cfg ?? -1) >= wanted;
}

/** Raises the number and returns it. */
async function askForLife(north: DatabaseClient, call: CallOptions): Promise<OvsdbInteger> {
  const session = await north.waitForSession(call);
  await session.transact([mutate(northGlobal, [], [["nb_cfg", "+=", 1]])], call);
  // The server sends the update before the reply, so the new number is here.
  const [global] = north.rows(northGlobal).values();
  return global?.nb_cfg ?? 0;
}

function states(south: DatabaseClient, wanted: OvsdbInteger): readonly ChassisState[] {
  const reached = new Map([...south.rows(chassisPrivate).values()].map(({ name, nb_cfg: at }) => [name, at]));
  return [...south.rows(chassisTable).values()].map(({ name, hostname, other_config }) => ({
    name,
    hostname,
    answers: (reached.get(name) ?? -1) >= wanted,
    mapped: (other_config.get("ovn-bridge-mappings") ?? "").split(",").map((entry) => entry.split(":")[0] ?? ""),
  }));
}

function neighboursIn(south: DatabaseClient): readonly Neighbour[] {
  return [...south.rows(macBinding).values()].map(({ logical_port: port, ip }) => ({ port, ip }));
}

function open(
  { clock, logger }: OvnPlace,
  options: NbAllocatorOptions["nb"],
  database: string,
  tables: readonly TableSpec[],
  owned: AsyncDisposableStack,
  changed: () => void,
): DatabaseClient {
  const listener = { changed, synced: () => {}, lost: () => {} };
  const client = new DatabaseClient({ ...options, database, tables, listener, clock, logger });
  const running = new AbortController();
  client.start(running.signal);
  owned.defer(() => client.close());
  return client;
}
