import * as z from "zod";
import { AppError } from "#src/core/errors.ts";
import { type CniVersion, isCniVersionAtLeast } from "./commands.ts";

/** The result of ADD in its newest form (CNI specification 1.1.0, section 5). Addresses are texts, as in the JSON. */
export interface CniResult {
  readonly interfaces: readonly CniInterface[];
  readonly ips: readonly CniIp[];
  readonly routes: readonly CniRoute[];
  readonly dns?: CniDns | undefined;
}

const cniInterface = z.object({
  name: z.string(),
  mac: z.string().optional(),
  mtu: z.number().optional(),
  /** It is CNI_NETNS for the pod's end, and absent or empty for the host's end. */
  sandbox: z.string().optional(),
  socketPath: z.string().optional(),
  pciID: z.string().optional(),
});
const cniIp = z.object({
  /** Address with prefix length. */
  address: z.string(),
  gateway: z.string().optional(),
  /** Index into `interfaces`. */
  interface: z.number().int().optional(),
});
const cniRoute = z.object({
  dst: z.string(),
  gw: z.string().optional(),
  mtu: z.number().optional(),
  advmss: z.number().optional(),
  priority: z.number().optional(),
  table: z.number().optional(),
  scope: z.number().optional(),
});
const cniDns = z.object({
  nameservers: z.array(z.string()).optional(),
  domain: z.string().optional(),
  search: z.array(z.string()).optional(),
  options: z.array(z.string()).optional(),
});

export type CniInterface = z.infer<typeof cniInterface>;
export type CniIp = z.infer<typeof cniIp>;
export type CniRoute = z.infer<typeof cniRoute>;
export type CniDns = z.infer<typeof cniDns>;

/** Go prints an empty list as null, or leaves it out. */
const listOf = <T extends z.ZodType>(element: T) =>
  z
    .array(element)
    .nullish()
    .transform((list) => list ?? []);

/** Reads the result of any version. The field that only older versions have, `ips[].version`, says nothing new. */
const anyResult = z.object({
  interfaces: listOf(cniInterface),
  ips: listOf(cniIp),
  routes: listOf(cniRoute),
  dns: cniDns.optional(),
});

/** The first version that has a field. The form of an older version is made without the field. */
const fieldsSince = {
  interfaces: { mtu: "1.1.0", socketPath: "1.1.0", pciID: "1.1.0" },
  routes: { mtu: "1.1.0", advmss: "1.1.0", priority: "1.1.0", table: "1.1.0", scope: "1.1.0" },
} as const satisfies Record<string, Record<string, CniVersion>>;

function downTo(version: CniVersion, fields: Readonly<Record<string, CniVersion>>, element: object): object {
  const known = ([name, value]: [string, unknown]): boolean =>
    value !== undefined && isCniVersionAtLeast(version, fields[name] ?? "0.3.1");
  return Object.fromEntries(Object.entries(element).filter(known));
}

/** In versions before 1.0.0 an address begins with its family. */
function ipDownTo(version: CniVersion, ip: CniIp): object {
  if (isCniVersionAtLeast(version, "1.0.0")) return downTo(version, {}, ip);
  return { version: ip.address.includes(":") ? "6" : "4", ...downTo(version, {}, ip) };
}

/** Prints a result in the form of `version`. Empty lists are left out, as by the Go library. */
export function printCniResult(result: CniResult, version: CniVersion): string {
  const { dns } = result;
  const lists = {
    interfaces: result.interfaces.map((element) => downTo(version, fieldsSince.interfaces, element)),
    ips: result.ips.map((element) => ipDownTo(version, element)),
    routes: result.routes.map((element) => downTo(version, fieldsSince.routes, element)),
  };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  const dnsEntry = dns === undefined || Object.keys(dns).length === 0 ? {} : { dns };
  return `${JSON.stringify({ cniVersion: version, ...Object.fromEntries(filled), ...dnsEntry })}\n`;
}

/** Reads a result of any version into the newest form. Throws `CniConfigInvalid`, with the path of the wrong field. */
export function parseCniResult(value: unknown): CniResult {
  const parsed = anyResult.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = ["prevResult", ...(issue?.path ?? [])].join(".");
  throw new AppError("CniConfigInvalid", `${path}: ${issue?.message ?? "invalid"}`, { cause: parsed.error });
}

/**
 * The answer of a chained plugin: the previous result and then its own, with the indexes of its addresses moved on. DNS
 * settings are one whole, so those of the plugin before stay as they are: a pod asks its cluster's servers first. The
 * kubelet makes resolv.conf from the pod's own fields, whatever a result says.
 */
export function appendResult(previous: CniResult, own: CniResult): CniResult {
  const offset = previous.interfaces.length;
  const moved = own.ips.map((ip) => (ip.interface === undefined ? ip : { ...ip, interface: ip.interface + offset }));
  return {
    interfaces: [...previous.interfaces, ...own.interfaces],
    ips: [...previous.ips, ...moved],
    routes: [...previous.routes, ...own.routes],
    dns: isEmpty(previous.dns) ? own.dns : previous.dns,
  };
}

/** The Go library also prints an empty `dns`. */
function isEmpty(dns: CniDns | undefined): boolean {
  return dns === undefined || Object.values(dns).every((value) => value === undefined || value.length === 0);
}
