import { type AppError, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AllocationRequest, ClaimRequest, PortRequest } from "#src/ipam/allocation.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";

/** An IPAMClaim that a pod names, as it is stored. */
export interface NamedClaim {
  readonly network: string;
  /** Undefined when a text in its status is no address. */
  readonly ips: readonly IpAddress[] | undefined;
  readonly mac: Mac | undefined;
  readonly isDeleting: boolean;
}

/** Finds an IPAMClaim; undefined when it is not there. */
export type ClaimSource = (
  target: { readonly namespace: string; readonly name: string },
  options: CallOptions,
) => Promise<NamedClaim | undefined>;

/**
 * Adds to each port that names an IPAMClaim what the object says. One that is not there yet has no addresses: the port gets its first
 * ones under its name, since whoever makes pods and claims may make the pod first. Throws `ClaimInvalid` for an object that a pod cannot use.
 */
export async function withClaims(
  request: AllocationRequest,
  source: ClaimSource | undefined,
  options: CallOptions,
): Promise<AllocationRequest> {
  if (source === undefined || request.ports.every(({ claim }) => claim === undefined)) return request;
  const refusals = new Refusals();
  const ports: PortRequest[] = [];
  for (const port of request.ports) {
    const { claim } = port;
    if (claim === undefined) ports.push(port);
    else {
      const { namespace } = request;
      const found = await source({ namespace, name: claim.name }, options);
      refusals.try(() => ports.push({ ...port, claim: found === undefined ? claim : filled(claim, found) }));
    }
  }
  refusals.throwAll();
  return { ...request, ports };
}

function filled(claim: ClaimRequest, { network, ips, mac, isDeleting }: NamedClaim): ClaimRequest {
  if (isDeleting) throw unfit(claim, "is being deleted", "wait until it is gone, or name another claim");
  if (network !== claim.network) {
    const asked = JSON.stringify(claim.network);
    throw unfit(
      claim,
      `is for the network ${JSON.stringify(network)}, and the interface joins ${asked}`,
      `name a claim whose spec.network is ${asked}`,
    );
  }
  if (ips === undefined) throw unfit(claim, "has a status that names no addresses", "correct status.ips of the claim");
  return { ...claim, addresses: ips.map((ip) => ({ ip, prefixLength: undefined })), mac };
}

function unfit({ field, name }: ClaimRequest, reason: string, remedy: string): AppError {
  return refusal("ClaimInvalid", { field, value: name, reason, remedy });
}
