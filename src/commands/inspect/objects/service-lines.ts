import type { ServiceObject } from "#src/controllers/services/service-object.ts";
import { printIp } from "#src/net/ip.ts";
import type { Column } from "../../output/text-table.ts";

/** A Service on a network as people and programs read it. */
export interface ReportedService {
  readonly namespace: string;
  readonly name: string;
  readonly network: string;
  /** Empty while it has none. */
  readonly addresses: readonly string[];
  /** The addresses by which it is reached from outside. */
  readonly outside: readonly string[];
  /** `80/TCP` for each port. */
  readonly ports: readonly string[];
  /** `Served`, the reason why it is not, or `Unknown` while no controller has looked at it. */
  readonly state: string;
  /** The fault in words; "" when there is none. */
  readonly problem: string;
}

export function reportService(service: ServiceObject): ReportedService {
  const { namespace, name, config, addressText, told, toldOutside, ingress } = service;
  const read = typeof config === "string" ? undefined : config;
  const isReached = toldOutside?.status === "True";
  const faults = [told ?? unknown, ...(read?.outside === undefined ? [] : [toldOutside ?? unknown])];
  return {
    namespace,
    name,
    network: read?.network ?? "",
    addresses: told?.status === "True" || told?.reason === "NoBackends" ? listed(addressText) : [],
    outside: isReached && read?.outside !== undefined ? ingress.map(printIp) : [],
    ports: read?.ports.map(({ port, protocol }) => `${port}/${protocol}`) ?? [],
    state: told?.reason ?? "Unknown",
    problem: [...new Set(faults.filter(({ status }) => status !== "True").map(({ message }) => message))].join("; "),
  };
}

const unknown = { status: "Unknown", message: "no controller has looked at it yet" };

function listed(text = ""): readonly string[] {
  return text.split(",").filter((one) => one !== "");
}

export const serviceColumns: readonly Column<ReportedService>[] = [
  { title: "namespace", value: ({ namespace }) => namespace },
  { title: "service", value: ({ name }) => name },
  { title: "network", value: ({ network }) => network || "-" },
  { title: "addresses", value: ({ addresses }) => addresses.join(",") || "-" },
  { title: "outside", value: ({ outside }) => outside.join(",") || "-" },
  { title: "ports", value: ({ ports }) => ports.join(",") || "-" },
  { title: "state", value: ({ state }) => state, tone: ({ state }) => (state === "Served" ? "good" : "bad") },
  { title: "problem", value: ({ problem }) => problem, tone: () => "bad" },
];
