// Finds the pool of its network from which each port gets its addresses: the one that its request names, else the one that a label of the
// namespace names.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { admitsChooser } from "#src/api/network/label-selector.ts";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { AllocationRequest, PoolChoice, PortRequest } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { NamedPool } from "#src/ovn/network.ts";

/** A namespace with its labels. */
interface Namespace {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The names of the pools that pods of the namespace may choose. */
export function permittedPools(pools: readonly NamedPool[], { namespace, labels }: Namespace): ReadonlySet<string> {
  const permitted = pools.filter(({ admits }) => admits === undefined || admitsChooser(admits, namespace, labels));
  return new Set(permitted.map(({ name }) => name));
}

/**
 * Adds to each port on a network with pools the one that it chose. Throws `NotAllowed` when the namespace may not choose it. The planner
 * refuses a name that the network does not have. A label that names no pool of any network of the pod is odd, and told by a warning.
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
  const refusals = new Refusals();
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
    const choice = { ...choiceOf(port, label, own), permitted };
    refusals.try(() => {
      refuseForbidden(choice, own, port.network, request.namespace);
    });
    return { ...port, pool: choice };
  });
  refusals.throwAll();
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

function refuseForbidden(
  { field, name, isAsked, permitted }: PoolChoice,
  own: readonly NamedPool[],
  network: string,
  namespace: string,
): void {
  if (name === undefined || permitted.has(name) || !own.some((pool) => pool.name === name)) return;
  const { key } = annotationKeys.poolOfNamespace;
  throw refusal("NotAllowed", {
    field: isAsked ? field : `label ${key} of the namespace`,
    value: name,
    reason: `is a pool of the network ${JSON.stringify(network)} that the namespace ${JSON.stringify(namespace)} may not choose`,
    remedy: `ask the network's owner to add the namespace to allowedNamespaces of the pool, or ${isAsked ? "leave pool out" : "take the label off"}`,
  });
}
