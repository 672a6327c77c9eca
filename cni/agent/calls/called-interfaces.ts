import type { AttachmentCall } from "#cni/contract/environment.ts";
import { podOfArgs, parseCniArgs } from "#cni/contract/cni-args.ts";
import type { CniConfig } from "#cni/contract/network-config.ts";
import { quotedValue } from "#cni/contract/quoted-value.ts";
import { isOfSandbox } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { interfacesOfCall } from "#src/api/multus/multus-calls.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import { livingPod, type PodResult, type PodResults } from "../pods/pod-results.ts";
import { verifiedResult, type VerifyingParts } from "./verified-result.ts";

export interface CallParts extends VerifyingParts {
  readonly results: Pick<PodResults, "live" | "verified">;
  readonly bridge: Pick<BridgeAccess, "ports">;
}

type Call = AttachmentCall<"ADD" | "CHECK">;

/** A pod's verified result, and the part of it that a call is for. */
export interface CalledInterfaces {
  readonly result: PodResult;
  /** It is empty only when everything that the call could be for is being unplugged. */
  readonly selected: readonly InterfaceResult[];
}

/**
 * Finds the interfaces that a call is for. An interface that was plugged into the pod may be in no result that the informer has shown yet, so
 * that a call which finds nothing is looked up once more in a live read. `result` is that of `pod`. Throws `ResultMissing`
 * when there is nothing then either, and the errors of a call to the API server.
 */
export async function calledInterfaces(
  call: Call,
  config: CniConfig,
  result: PodResult,
  parts: CallParts,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<CalledInterfaces> {
  const select = ({ interfaces }: PodResult): readonly InterfaceResult[] =>
    notWiredByOthers(interfacesOfCall(interfaces, { ...config, interfaceName: call.interfaceName }), call, parts);
  const known = select(result);
  if (known.length > 0) return { result, selected: known };
  const args = podOfArgs(parseCniArgs(call.args));
  const pod = livingPod(await parts.results.live(args, options), args);
  const latest = await verifiedResult(pod, parts);
  if (latest === undefined) throw noResult(pod);
  const selected = select(latest);
  if (selected.length > 0 || isLeaving(latest, call)) return { result: latest, selected };
  throw nothingCalled(latest, call, config);
}

/** The interfaces without those that another call has wired in this sandbox. */
function notWiredByOthers(
  interfaces: readonly InterfaceResult[],
  { containerId, interfaceName }: Call,
  { bridge }: Pick<CallParts, "bridge">,
): readonly InterfaceResult[] {
  const others = bridge
    .ports()
    .filter((port) => isOfSandbox(port, containerId) && port.ids.get(interfaceKeys.attachment) !== interfaceName);
  const wired = new Set(others.map(({ ids }) => ids.get(interfaceKeys.interface)));
  return interfaces.filter((one) => !wired.has(one.interface));
}

/** True when the interface of the call's name is being unplugged. */
function isLeaving({ interfaces }: PodResult, { interfaceName }: Call): boolean {
  return interfaces.some((one) => one.interface === interfaceName && one.leaving === true);
}

export function noResult({ metadata }: PodMetadata): AppError {
  const name = `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
  return new AppError("ResultMissing", `the pod ${name} has no interfaces of ours: no webhook saw it being created`);
}

/** The webhook takes a definition that it does not find for another plugin's. */
const cure =
  "where the annotation selects it already, its definition was not there or another one then: unselect it, and select it again";

function nothingCalled({ interfaces }: PodResult, { interfaceName }: Call, { network }: CniConfig): AppError {
  const joined = [...new Set(interfaces.map((one) => one.network))];
  const field = `nfn-network ${quotedValue(network)}`;
  if (network === undefined || joined.includes(network)) {
    return new AppError(
      "ResultMissing",
      `${field}: the pod has no ${interfaceName} on it that is not wired; ` +
        `an interface is plugged by k8s.v1.cni.cncf.io/networks of the pod, where the webhook allocates it, and by this call after that; ${cure}`,
    );
  }
  return new AppError("ResultMissing", `${field}: the pod joins ${joined.join(", ")} only; ${cure}`);
}
