import { annotationKeys } from "#src/api/annotation-keys.ts";
import { inMultusTerms, requestOfCalls } from "#src/api/multus/multus-request.ts";
import { definitionKey, type MultusSelection, parseSelections } from "#src/api/multus/multus-selection.ts";
import { selectionChange } from "#src/api/multus/selection-change.ts";
import { refuseAgainstStandard } from "#src/api/multus/standard-settings.ts";
import { isTerminal } from "#src/api/pod/pod-lifecycle.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { PatchOperation } from "#src/api/text/json-patch.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { isRefusal, refusal } from "#src/core/errors.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import { verifyPodToken } from "#src/tokens/pod-token.ts";
import type { PodDecisionOptions } from "../allocate-for-pod.ts";
import { checkPorts, patchedReservation, reservePorts } from "../asked-ports.ts";
import { allocationOf, ordinalOf } from "../demand/pod-demand.ts";
import type { ChangedPod, DecideChange, PodDecision } from "../pod-decision.ts";
import { refuseMany, refuseRoutedSubnets, refuseSecondDefault, refuseUnwired } from "./plugged-ports.ts";
import { ChangePatch } from "./change-patch.ts";
import { readStoredResult } from "./stored-result.ts";

export interface ChangeOptions extends PodDecisionOptions {
  /** The keys by which the result of the stored pod is verified, before another one is signed over it. */
  readonly keys: TokenKeys;
}

const { multusNetworks, allocation: label, request, earlyRequest } = annotationKeys;

/**
 * Decides about stored pods whose Multus selections change: allocates what is new, marks what goes as leaving, and signs the
 * result anew. It does not touch the others. The result of the pod as it is stored counts, whatever the change says besides.
 */
export function decideChange(options: ChangeOptions): DecideChange {
  return async (changed, call) => {
    const warnings: string[] = [];
    try {
      return await decide(changed, options, warnings, call);
    } catch (caught) {
      const error = inMultusTerms(caught);
      if (isRefusal(error)) return { kind: "refused", error, warnings };
      throw error;
    }
  };
}

async function decide(
  changed: ChangedPod,
  options: ChangeOptions,
  warnings: string[],
  call: Required<CallOptions>,
): Promise<PodDecision> {
  const stored = readPod(changed.before);
  const pod = readPod(changed.object);
  const { namespace } = changed;
  if (options.excludedNamespaces.has(namespace) || stored.metadata.labels[label.key] === undefined)
    return { kind: "unchanged", warnings };
  refuseOther(changed, stored, pod);
  refuseEnding(stored);
  const signed = await verifyPodToken(stored, options.keys);
  const interfaces = readStoredResult(signed.result);
  const before = parseSelections(stored.metadata.annotations[multusNetworks.key] ?? "", namespace);
  const after = parseSelections(pod.metadata.annotations[multusNetworks.key] ?? "", namespace);
  const onMissing = (selection: MultusSelection): void => {
    if (after.includes(selection)) warnings.push(notFound(selection));
  };
  const ours = await options.definitions([...before, ...after], { ...call, onMissing });
  const hasRequest = [request, earlyRequest].some(({ key }) => Object.hasOwn(stored.metadata.annotations, key));
  const { added, leaving } = selectionChange({ before, after, ours, interfaces, hasRequest });
  const staying = interfaces.filter((one) => one.leaving !== true && !leaving.includes(one));
  const { signer } = options;
  const patch = new ChangePatch({ object: changed.object, pod, stored, signed, interfaces, leaving, staying, signer });
  if (added.length === 0) {
    const left = (): readonly PatchOperation[] => (changed.dryRun ? patch.ofDryRun([], []) : patch.of([], undefined));
    const operations = leaving.length === 0 ? patch.unchanged() : left();
    return { kind: "patched", patch: operations, warnings, reservation: undefined };
  }
  refuseAgainstStandard(after, ours);
  refuseMany(multusNetworks.key, interfaces.length + added.length);
  const asked = requestOfCalls(added);
  const names = added.map(({ interfaceName }) => interfaceName);
  const joins = { allocation: signed.allocation, revision: signed.revision + 1 };
  const demanding = { pod: stored, namespace };
  const demand = {
    interfaces: asked,
    allocation: { ...allocationOf(demanding, asked, names), joins },
    ordinal: ordinalOf(demanding, asked),
  };
  const checked = await checkPorts(
    demand,
    (items) => {
      const wires = options.carriedWires;
      if (wires !== undefined) refuseUnwired(items, stored.spec.nodeName, wires());
      refuseSecondDefault(items, staying);
      refuseRoutedSubnets(items, staying);
    },
    warnings,
    call,
    options,
  );
  if (changed.dryRun) {
    const planned = await options.allocator.plan(checked.request, call);
    return { kind: "patched", patch: patch.ofDryRun(asked, planned), warnings, reservation: undefined };
  }
  const reserved = await reservePorts(checked, { object: changed.object, pod }, () => {}, call, options);
  return patchedReservation(
    { created: changed, pod, namespace },
    reserved,
    () => patch.of(asked, reserved),
    warnings,
    options,
  );
}

function notFound(selection: MultusSelection): string {
  const shown = definitionKey(selection);
  return `${selection.field}: the definition ${shown} was not found, so that it is taken for another plugin's; if it is to be one of ovn4nfv, make it, and then unselect the interface and select it again`;
}

/**
 * Throws `ChangeRefused` unless the review and both of its objects are about one pod. The API server sends no other reviews. Ports are
 * reserved for the pod that the review names, and the result is signed for the one that is stored.
 */
function refuseOther({ namespace, name }: ChangedPod, stored: PodMetadata, pod: PodMetadata): void {
  const { metadata } = stored;
  const isOne =
    metadata.namespace === namespace &&
    metadata.name === name &&
    (pod.metadata.namespace ?? namespace) === namespace &&
    (pod.metadata.name ?? name) === name &&
    (pod.metadata.uid ?? metadata.uid) === metadata.uid;
  if (isOne) return;
  throw refusal("ChangeRefused", {
    field: multusNetworks.key,
    value: undefined,
    reason: "is changed by a review whose objects are not the pod that it names",
    remedy: "change the pod by the API server",
  });
}

/** Throws `ChangeRefused` for a pod that ends or has ended: it gives its interfaces back, and nobody wires others. */
function refuseEnding(pod: PodMetadata): void {
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  if (!isDeleted && !isTerminal(pod)) return;
  throw refusal("ChangeRefused", {
    field: multusNetworks.key,
    value: undefined,
    reason: `cannot be changed on a pod that ${isDeleted ? "is being deleted" : "has ended"}`,
    remedy: "create another pod with the networks that you want",
  });
}
