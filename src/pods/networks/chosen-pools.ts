// Finds the pool of its network from which each port gets its addresses: the one that its request names, else the one that a label of the
// namespace names.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { admitsChooser } from "#src/api/network/label-selector.ts";
import type { AllocationRequest, PoolChoice, PortRequest } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { NamedPool } from "#src/ovn/network.ts";

/** A namespace with its labels. */
interface Namespace {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The names of the pools that pods of the namespace may choose. */
function permittedPools(pools: readonly NamedPool[], { namespace, labels }: Namespace): ReadonlySet<string> {
  const permitted = pools.filter(({ admits }) => admits === undefined || admitsChooser(admits, namespace, labels));
  return new Set(permitted.map(({ name }) => name));
}

/**
 * Adds to each port on a network with pools the one that it chose. The planner refuses a name that the network does not have, and a pool that
 * the namespace may not choose. A label that names no pool of any network of the pod is odd, and told by a warning.
 */
export function withChosenPools(
  request: AllocationRequest,
  labels: Readonly<Record<string, string>>,
  index: Pick<NbAllocator["index"], "named">,
  warnings: string[],
): AllocationRequest {
  const { key } = annotationKeys.poolOfNamespace;
  const label = labels[key];
  const pools = request.ports.map(({ network }) => index.named(network)[0]?.network.pools ?? []);
  if (pools.every((own) => own.length === 0) && label === undefined) return request;
  const known = new Set(pools.flat().map(({ name }) => name));
  const isLabelUsed = request.ports.some(({ pool, isTap }) => pool === undefined && isTap !== true);
  if (label !== undefined && isLabelUsed && !known.has(label)) {
    warnings.push(
      `the label ${key}=${label} of the namespace has no effect: no network of the pod has a pool of this name`,
    );
  }
  const ports = request.ports.map((port, index): PortRequest => {
    const own = pools[index] ?? [];
    if (own.length === 0 || port.isTap === true) return port;
    const permitted = permittedPools(own, { namespace: request.namespace, labels });
    return { ...port, pool: { ...choiceOf(port, label, own), permitted } };
  });
  return { ...request, ports };
}

function choiceOf(
  { pool, field }: PortRequest,
  label: string | undefined,
  own: readonly NamedPool[],
): Omit<PoolChoice, "permitted"> {
  if (pool !== undefined) return pool;
  const name = own.some((one) => one.name === label) ? label : undefined;
  return { field: `${field}.pool`, name, isAsked: false };
}
