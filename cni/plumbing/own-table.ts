import { parseCidr, printCidr } from "#src/net/cidr.ts";

/** Below are the kernel's own tables; a pod's interfaces count up from here. */
const firstTable = 1_000;

/** The subnets of addresses with prefix length, each once. */
export function subnetsOf(addresses: readonly string[]): readonly string[] {
  const cidrs = addresses.flatMap((address) => parseCidr(address)?.cidr ?? []);
  return [...new Set(cidrs.map(printCidr))];
}

/** The routing table of an interface that shares a subnet with another one of its pod; undefined: it shares none. */
export function ownTable(index: number, addresses: readonly (readonly string[])[]): number | undefined {
  const own = new Set(subnetsOf(addresses[index] ?? []));
  const isShared = addresses.some((others, at) => at !== index && subnetsOf(others).some((subnet) => own.has(subnet)));
  return isShared ? firstTable + index : undefined;
}
