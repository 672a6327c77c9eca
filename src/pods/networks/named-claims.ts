import { type AppError, refusal } from "#src/core/errors.ts";
import { maxAddressesOfInterface } from "#src/api/request/requested-address.ts";
import { closestNamed, type HintBudget, newHintBudget } from "#src/core/closest-word.ts";
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
  /** True when its addresses are ones that we told it of, and not ones that somebody else wrote into its status. */
  readonly isKept: boolean;
  readonly isDeleting: boolean;
}

/** A claim with its name, as it is known without a read. */
export interface KnownClaim extends NamedClaim {
  readonly namespace: string;
  readonly name: string;
}

/** The IPAMClaims of the cluster. */
export interface ClaimSource {
  /** Undefined when the claim is not there. `no kind` means that the cluster has no IPAMClaims at all. */
  readonly find: (
    target: { readonly namespace: string; readonly name: string },
    options: CallOptions,
  ) => Promise<NamedClaim | undefined | "no kind">;
  /** The claims of a namespace that are known, for a hint which one was meant. */
  readonly known: (namespace: string) => Iterable<KnownClaim>;
}

/**
 * Adds to each port that names an IPAMClaim what the object says. One that is not there yet has no addresses: the port gets its first
 * ones under its name, since whoever makes pods and claims may make the pod first. A warning tells of it, since the name may be mistyped.
 * Throws `ClaimInvalid` for an object that a pod cannot use.
 */
export async function withClaims(
  request: AllocationRequest,
  source: ClaimSource | undefined,
  options: CallOptions,
  warnings: string[],
): Promise<AllocationRequest> {
  if (source === undefined || request.ports.every(({ claim }) => claim === undefined)) return request;
  const refusals = new Refusals();
  const ports: PortRequest[] = [];
  const budget = newHintBudget();
  for (const port of request.ports) {
    const { claim } = port;
    if (claim === undefined) ports.push(port);
    else {
      const { namespace } = request;
      const found = await source.find({ namespace, name: claim.name }, options);
      // The claim of a replica comes by itself.
      const isMissing = (found === undefined || found === "no kind") && claim.sticky === undefined;
      if (isMissing) warnings.push(...missingClaim(claim, source.known(namespace), budget));
      refusals.try(() => ports.push({ ...port, claim: filled(claim, found) }));
    }
  }
  refusals.throwAll();
  return { ...request, ports };
}

function filled(claim: ClaimRequest, found: Awaited<ReturnType<ClaimSource["find"]>>): ClaimRequest {
  if (found === "no kind") {
    // Somebody may install the CRD later and make the claim then. One that we shall make would never come.
    if (claim.sticky === undefined) return claim;
    throw unfit(claim, "needs IPAMClaims, which this cluster does not have", install);
  }
  if (found === undefined) return claim;
  const { network, ips, mac, isKept, isDeleting } = found;
  if (isDeleting) throw unfit(claim, "is being deleted", "wait until it is gone, or name another claim");
  if (network !== claim.network) {
    const asked = JSON.stringify(claim.network);
    throw unfit(
      claim,
      `is for the network ${JSON.stringify(network)}, and the interface joins ${asked}`,
      `name a claim whose spec.network is ${asked}`,
    );
  }
  if (ips !== undefined && ips.length > maxAddressesOfInterface) {
    const most = maxAddressesOfInterface.toString();
    throw unfit(
      claim,
      `has a status with more than ${most} addresses`,
      `write at most ${most} into status.ips of the claim`,
    );
  }
  if (ips === undefined) throw unfit(claim, "has a status that names no addresses", "correct status.ips of the claim");
  return { ...claim, addresses: ips.map((ip) => ({ ip, prefixLength: undefined })), mac, isKept };
}

/** More claims than these are not looked at for one port, since a name near by is a courtesy. */
const maxVisited = 2_000;

/** Tells of a claim that is not there. The pod of a virtual machine may come before its claim, so that it is refused nothing. */
function missingClaim(claim: ClaimRequest, known: Iterable<KnownClaim>, budget: HintBudget): readonly string[] {
  const { field, name, network, isWritten = false } = claim;
  const visited = Iterator.from(known).take(maxVisited);
  const accepts = (other: KnownClaim): boolean => other.network === network && !isSibling(other.name, name);
  const meant = closestNamed(name, visited, { nameOf: (other) => other.name, accepts, budget })?.name;
  if (meant === undefined && !isWritten) return [];
  const says = `${field} ${JSON.stringify(name)} names an IPAMClaim that does not exist yet`;
  return [
    meant === undefined
      ? `${says}: until it does, its addresses end with the pod`
      : `${says}; did you mean ${JSON.stringify(meant)}?`,
  ];
}

/** Claims of replicas or machines with other numbers are named alike on purpose. */
function isSibling(some: string, other: string): boolean {
  return some.replace(/[0-9]+/g, "0") === other.replace(/[0-9]+/g, "0");
}

const install = "let an administrator install their CRD: kubectl apply -k deploy/components/ipam-claims";

function unfit({ field, name }: ClaimRequest, reason: string, remedy: string): AppError {
  return refusal("ClaimInvalid", { field, value: name, reason, remedy });
}
