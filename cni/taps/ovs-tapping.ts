import type { Row } from "ovsdb-client";
import {
  interfaceKeys,
  type ovsBridge,
  type ovsInterface,
  type ovsMirror,
  type ovsPort,
  tapKeys,
} from "#cni/plumbing/ovs-tables.ts";

/** A mirror that the agent made. */
export interface TapMirror {
  readonly uuid: string;
  /** The UID of the Tap. */
  readonly tap: string;
  /** The Port that gets the copies; undefined when it is gone. */
  readonly output: string | undefined;
  /** The Ports of which packets are copied that come from them, and that go to them. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** A port of a tunnel that the agent made. */
export interface TapTunnel {
  readonly uuid: string;
  readonly interfaceUuid: string;
  readonly tap: string;
  readonly name: string;
  readonly type: string;
  readonly options: ReadonlyMap<string, string>;
  /** Why Open vSwitch cannot use it. */
  readonly fault: string | undefined;
}

/** The state of taps on the integration bridge. */
export interface OvsTapping {
  readonly bridge: string;
  readonly mirrors: readonly TapMirror[];
  readonly tunnels: readonly TapTunnel[];
  /** The Ports of pods that the agent wired, by the names of their logical ports. */
  readonly ports: ReadonlyMap<string, string>;
  /** The Ports that are protected, which says nothing on this bridge: see tap-operations.ts. */
  readonly protectedPorts: ReadonlySet<string>;
  /** Number of mirrors of others. */
  readonly foreign: number;
}

const ownerValue = "ovn4nfv";

/** Reads what the database says about taps. */
export function readOvsTapping(
  bridge: Row<typeof ovsBridge>,
  ports: ReadonlyMap<string, Row<typeof ovsPort>>,
  interfaces: ReadonlyMap<string, Row<typeof ovsInterface>>,
  rows: ReadonlyMap<string, Row<typeof ovsMirror>>,
): OvsTapping {
  const mirrors: TapMirror[] = [];
  let foreign = 0;
  for (const uuid of bridge.mirrors) {
    const row = rows.get(uuid);
    const tap = row && ownTap(row.external_ids);
    if (row === undefined || tap === undefined) foreign += 1;
    else {
      const [from, to] = [[...row.select_src_port].sort(), [...row.select_dst_port].sort()];
      mirrors.push({ uuid, tap, output: row.output_port, from, to });
    }
  }
  const tunnels: TapTunnel[] = [];
  const wired = new Map<string, string>();
  const protectedPorts = new Set<string>();
  for (const uuid of bridge.ports) {
    const port = ports.get(uuid);
    const [interfaceUuid = "", ...more] = port?.interfaces ?? [];
    const member = interfaces.get(interfaceUuid);
    if (port === undefined || member === undefined || more.length > 0) continue;
    if (port.protected) protectedPorts.add(uuid);
    const tap = ownTap(port.external_ids);
    const { name, type, options, error: fault, external_ids: ids } = member;
    if (tap !== undefined) tunnels.push({ uuid, interfaceUuid, tap, name, type, options, fault });
    const logical = ids.get(interfaceKeys.port);
    if (logical !== undefined && ids.get(interfaceKeys.owner) === ownerValue) wired.set(logical, uuid);
  }
  return { bridge: bridge.name, mirrors, tunnels, ports: wired, protectedPorts, foreign };
}

function ownTap(ids: ReadonlyMap<string, string>): string | undefined {
  return ids.get(tapKeys.owner) === ownerValue ? ids.get(tapKeys.tap) : undefined;
}
