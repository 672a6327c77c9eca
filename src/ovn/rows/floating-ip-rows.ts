// The rows of a FloatingIP: one that holds its address as long as the object exists, and while it leads to a pod the rule of NAT.
import { type IpAddress, printIp } from "#src/net/ip.ts";
import { externalId } from "../external-ids.ts";
import { floatingColumns, floatingKeys } from "./floating-rows.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { addressSet, topologyNat } from "../owned/topology-tables.ts";

/** A FloatingIP that holds an address. */
export interface FloatingIpSettings {
  readonly uid: string;
  readonly namespace: string;
  /** The name of the Uplink. */
  readonly uplink: string;
  readonly address: IpAddress;
  /** The pod to which the address leads; undefined for none. */
  readonly target: FloatingIpEnd | undefined;
}

/** The end inside, and where the rule stands. */
export interface FloatingIpEnd {
  /** The id of the row of the gateway. */
  readonly gatewayId: string;
  readonly ip: IpAddress;
  /** The name of the port. The rule goes with it, so that whoever has the address next is not reached by it. */
  readonly port: string;
  readonly pod: string;
  readonly podUid: string;
}

/** The scope of all FloatingIPs, which no object has: those of Networks are UIDs. */
export const floatingIpScopes = "floating";

export function floatingIpScope(uid: string): string {
  return `${floatingIpScopes}/${uid}`;
}

/** The id of the row that holds the address: an Address_Set to which nothing refers, so that OVN does nothing with it. */
export function floatingHoldId(uid: string): string {
  return `${floatingIpScope(uid)}/address`;
}

export function floatingRuleId(uid: string): string {
  return `${floatingIpScope(uid)}/rule`;
}

/** Gives the rows of a FloatingIP. */
export function floatingIpRows(settings: FloatingIpSettings): readonly DesiredRow[] {
  const { uid, address, target } = settings;
  const keys = floatingKeys(settings);
  const hold: DesiredRow = {
    id: floatingHoldId(uid),
    table: addressSet,
    // The name is no UUID, because words of OVN begin with a letter.
    columns: { name: `ovn4nfv_floating_${uid.replaceAll("-", "_")}` },
    settings: { ...keys, [externalId("floating-address")]: printIp(address) },
  };
  if (target === undefined) return [hold];
  const { gatewayId, ip, port, pod, podUid } = target;
  const rule: DesiredRow = {
    id: floatingRuleId(uid),
    table: topologyNat,
    columns: floatingColumns({ externalIp: address, logicalIp: ip, distributedPort: undefined }),
    settings: {
      ...keys,
      [externalId("port")]: port,
      [externalId("pod")]: pod,
      [externalId("pod-uid")]: podUid,
    },
    parent: { id: gatewayId, column: "nat" },
  };
  return [hold, rule];
}
