import { type IpAddress, printIp } from "#src/net/ip.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import type { OwnedRows } from "../owned/read-owned-rows.ts";
import { serviceBalancer } from "../owned/topology-tables.ts";

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

/** The scope of the rows of all Services. */
export const serviceScopes = "services";

/** The scope of the rows of one Service. */
export const serviceScope = (uid: string): string => `${serviceScopes}/${uid}`;

/** Gives the UIDs of Services for which there are rows of this cluster. */
export function servicesWithRows({ rows }: OwnedRows): ReadonlySet<string> {
  const ids = [...rows.keys()].map((id) => id.split("/"));
  return new Set(ids.flatMap(([scope, uid]) => (scope === serviceScopes && uid !== undefined ? [uid] : [])));
}

/**
 * Gives a load balancer for each protocol of the Service. A port without backends answers with a reset, so that clients do
 * not wait.
 */
export function serviceRows(service: BalancedService): readonly DesiredRow[] {
  const { uid, namespace, name, addresses, affinitySeconds } = service;
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
      id: `${serviceScope(uid)}/${protocol}`,
      table: serviceBalancer,
      // The UID is in the name, since the rows of a Service that is gone may still be there when one of its name comes.
      columns: {
        name: `ovn4nfv/${namespace}/${name}/${protocol}/${uid}`,
        protocol,
      },
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
