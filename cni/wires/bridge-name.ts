import { createHash } from "node:crypto";

/** A link of the kernel has at most this many bytes in its name. */
const nameLimitBytes = 15;
const prefix = "br-";

/** The name of the bridge for an interface: `br-eth1`. A name that would be too long ends with a hash in its place. */
export function wireBridgeName(interfaceName: string): string {
  const plain = prefix + interfaceName;
  if (plain.length <= nameLimitBytes) return plain;
  const hash = createHash("sha256").update(interfaceName).digest("hex");
  return prefix + hash.slice(0, nameLimitBytes - prefix.length);
}
