import { type Family, type IpAddress, printIp } from "#src/net/ip.ts";
import { externalId } from "../external-ids.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { OwnedRows } from "../owned/read-owned-rows.ts";
import { addressSet, serviceBalancer } from "../owned/topology-tables.ts";
import { floatingKeys } from "./floating-rows.ts";

/** One port of a Service, with the ends to which its connections go. */
export interface BalancedPort {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly port: number;
  readonly backends: readonly Backend[];
}

export interface Backend {
  readonly address: IpAddress;
  readonly port: number;
}

/** A Service whose addresses and backends are known. */
export interface BalancedService {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** At most one of each family. */
  readonly addresses: readonly IpAddress[];
  readonly ports: readonly BalancedPort[];
  readonly affinitySeconds: number | undefined;
}

/** The part of a Service that is reached from outside: its addresses of an Uplink, and the gateway at which they are balanced. */
export interface BalancedOutside {
  readonly uplink: string;
  /** The addresses that are held for it, whether it is reached by them or not. At most one of each family. */
  readonly held: readonly IpAddress[];
  /** The addresses by which it is reached now. */
  readonly addresses: readonly IpAddress[];
  /** The id of the row of the gateway. Without it nobody reaches the Service. */
  readonly gatewayId: string | undefined;
}

/** The scope of the rows of all Services. */
export const serviceScopes = "services";

/** The scope of the rows of one Service. */
export const serviceScope = (uid: string): string => `${serviceScopes}/${uid}`;

/** Gives the UIDs of Services for which there are rows of this cluster. */
export function servicesWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const ids = [...rows.keys()].map((id) => id.split("/"));
  return new Set(ids.flatMap(([scope, uid]) => (scope === serviceScopes && uid !== undefined ? [uid] : [])));
}

/** The scope of the rows of one object, by the id of one of them. */
export function scopeOfRow(id: string): string {
  return id.slice(0, id.lastIndexOf("/"));
}

/**
 * Gives a load balancer for each protocol of the Service. A port without backends answers with a reset, so that clients do
 * not wait.
 */
export function serviceRows(service: BalancedService): readonly DesiredRow[] {
  // A Service that is only reached from outside has no address on its network.
  return service.addresses.length === 0 ? [] : balancerRows(service, service.addresses, "");
}

/**
 * Gives the rows by which a Service is reached from outside: those that hold its addresses, as that of a FloatingIP does, and its
 * load balancers on the gateway of the Uplink.
 */
export function outsideServiceRows(service: BalancedService, outside: BalancedOutside): readonly DesiredRow[] {
  const { uplink, held, addresses, gatewayId } = outside;
  const holds = held.map((address) => outsideHoldRow(service, uplink, address));
  if (gatewayId === undefined || addresses.length === 0) return holds;
  // The name of the Uplink is in the id, so that a load balancer does not move from one gateway to another one.
  const balancers = balancerRows(service, addresses, `outside-${uplink}-`);
  return [...holds, ...balancers.map((row) => ({ ...row, parent: { id: gatewayId, column: "load_balancer" } }))];
}

/** The id of the row that holds an address outside: an Address_Set to which nothing refers, so that OVN does nothing with it. */
export function outsideHoldId(uid: string, family: Family): string {
  return `${serviceScope(uid)}/address-${family}`;
}

/** True for the rows that hold addresses outside, of any Service. */
export function isOutsideHold(id: string): boolean {
  return /\/address-[46]$/.test(id);
}

/** Gives the row that holds an address of an Uplink. */
export function outsideHoldRow(
  { uid, namespace }: Pick<BalancedService, "uid" | "namespace">,
  uplink: string,
  address: IpAddress,
): DesiredRow {
  return {
    id: outsideHoldId(uid, address.family),
    table: addressSet,
    // Words of OVN begin with a letter and have no hyphen.
    columns: { name: `ovn4nfv_service_${uid.replaceAll("-", "_")}_${address.family}` },
    settings: { ...floatingKeys({ uplink, namespace }), [externalId("floating-address")]: printIp(address) },
  };
}

function balancerRows(
  service: BalancedService,
  addresses: readonly IpAddress[],
  prefix: string,
): readonly DesiredRow[] {
  const { uid, namespace, name, affinitySeconds } = service;
  return [...Map.groupBy(service.ports, ({ protocol }) => protocol)].map(([kind, ports]) => {
    const protocol = kind.toLowerCase();
    const vips = addresses.flatMap((address) =>
      ports.map(({ port, backends }) => {
        const ends = backends.filter((backend) => backend.address.family === address.family);
        // Pods come in any order, and a row that says the same is not written again.
        const printed = ends.map((end) => printEnd(end.address, end.port)).sort();
        return [printEnd(address, port), printed.join(",")] as const;
      }),
    );
    return {
      id: `${serviceScope(uid)}/${prefix}${protocol}`,
      table: serviceBalancer,
      // The UID is in the name, since the rows of a Service that is gone may still be there when one of its name comes.
      columns: { name: `ovn4nfv/${namespace}/${name}/${prefix}${protocol}/${uid}`, protocol },
      maps: { vips: Object.fromEntries(vips) },
      merged: { options: { reject: "true", affinity_timeout: affinitySeconds?.toString() } },
    };
  });
}

/** An address and a port as `vips` has them, ovn-nb(5). */
function printEnd(address: IpAddress, port: number): string {
  const text = printIp(address);
  return address.family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
}
