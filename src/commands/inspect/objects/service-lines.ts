import type { ServiceObject } from "#src/controllers/services/service-object.ts";
import type { Column } from "../../output.ts";

/** A Service on a network as people and programs read it. */
export interface ReportedService {
  readonly namespace: string;
  readonly name: string;
  readonly network: string;
  /** Empty while it has none. */
  readonly addresses: readonly string[];
  /** `80/TCP` for each port. */
  readonly ports: readonly string[];
  /** `Served`, the reason why it is not, or `Unknown` while no controller has looked at it. */
  readonly state: string;
  /** The fault in words; "" when there is none. */
  readonly problem: string;
}

export function reportService({ namespace, name, config, addressText, told }: ServiceObject): ReportedService {
  const read = typeof config === "string" ? undefined : config;
  return {
    namespace,
    name,
    network: read?.network ?? "",
    addresses: told?.status === "True" || told?.reason === "NoBackends" ? (addressText ?? "").split(",") : [],
    ports: read?.ports.map(({ port, protocol }) => `${port}/${protocol}`) ?? [],
    state: told?.reason ?? "Unknown",
    problem: told?.status === "True" ? "" : (told?.message ?? "no controller has looked at it yet"),
  };
}

export const serviceColumns: readonly Column<ReportedService>[] = [
  { title: "namespace", value: ({ namespace }) => namespace },
  { title: "service", value: ({ name }) => name },
  { title: "network", value: ({ network }) => network || "-" },
  { title: "addresses", value: ({ addresses }) => addresses.join(",") || "-" },
  { title: "ports", value: ({ ports }) => ports.join(",") || "-" },
  { title: "state", value: ({ state }) => state },
  { title: "problem", value: ({ problem }) => problem },
];
