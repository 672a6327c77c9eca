import { createHash } from "node:crypto";
import { objectNamePattern } from "#src/core/object-name.ts";

const maxName = 253;

/**
 * Gives the name of the claim that is made for an interface of a replica: `<pod>.<network>.<interface>`. Where that is no name of an
 * object, or too long, a hash stands for network and interface. Different interfaces never share a name.
 */
export function replicaClaimName(pod: string, network: string, interfaceName: string): string {
  const plain = `${pod}.${network}.${interfaceName}`;
  if (plain.length <= maxName && objectNamePattern.test(plain) && !interfaceName.includes(".")) return plain;
  const hash = createHash("sha256")
    .update(JSON.stringify([network, interfaceName]))
    .digest("hex");
  return `${pod}.${hash.slice(0, 16)}`;
}

/** The replica whose claim it is, as the name tells; undefined for a name that was not made so. */
export function replicaOfClaimName(name: string): { readonly set: string; readonly ordinal: number } | undefined {
  const [, set, ordinal] = /^([^.]+)-(0|[1-9]\d{0,8})\./.exec(name) ?? [];
  return set === undefined ? undefined : { set, ordinal: Number(ordinal) };
}
