import type { RefusalCode } from "#src/core/error-codes.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { objectNamePattern } from "#src/core/object-name.ts";

/** The IPAMClaim that an interface names. */
export interface ClaimReference {
  readonly field: string;
  readonly name: string;
  /** The name that the object must say in `spec.network`. */
  readonly network: string;
  /** True when the request itself names it. Selections are often written by programs, which may make the claim after the pod. */
  readonly isWritten?: boolean;
}

const maxName = 253;

/** Reads the name of an IPAMClaim of the pod's namespace. Throws `Malformed` for a text that names none. */
export function parseClaimReference(name: string, field: string, network: string): ClaimReference {
  if (name.includes("/")) {
    throw refusal("Malformed", {
      field,
      value: name,
      reason: "names a namespace, and a pod uses claims of its own namespace only",
      remedy: `write ${JSON.stringify(name.slice(name.lastIndexOf("/") + 1))}, and make the claim there`,
    });
  }
  if (name.length <= maxName && objectNamePattern.test(name)) return { field, name, network };
  throw refusal("Malformed", {
    field,
    value: name,
    reason: "is not the name of an object of Kubernetes",
    remedy: "write the name of an IPAMClaim, in lower case, such as web.blue",
  });
}

/** An address that is asked for beside a claim, which has addresses of its own. */
export function besideClaim(field: string, value: unknown): AppError<RefusalCode> {
  return refusal("Malformed", {
    field,
    value,
    reason: "asks for an address beside a claim, which has addresses of its own",
    remedy: "remove one of the two",
  });
}

interface Claiming {
  readonly claim?: ClaimReference | undefined;
}

/** Throws `ClaimInvalid` when two interfaces of a pod name one claim. */
export function refuseSharedClaims(interfaces: readonly Claiming[]): void {
  const fields = new Map<string, string>();
  for (const { claim } of interfaces) {
    if (claim === undefined) continue;
    const other = fields.get(claim.name);
    if (other !== undefined) {
      throw refusal("ClaimInvalid", {
        field: claim.field,
        value: claim.name,
        reason: `is named by ${other} as well, and only one interface can have its addresses`,
        remedy: "name another claim",
      });
    }
    fields.set(claim.name, claim.field);
  }
}
