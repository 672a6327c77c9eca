import { parseCniArgs } from "#cni/contract/cni-args.ts";
import type { AttachmentCall } from "#cni/contract/environment.ts";
import type { CniConfig } from "#cni/contract/network-config.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { type FoundOvsPort, isOfAttachment, isStale } from "#cni/plumbing/ovs-ports.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { removePairs } from "#cni/plumbing/wire-sandbox.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { BridgeAccess } from "./integration-bridge.ts";
import type { NodePods } from "./pod-results.ts";

export interface DelParts {
  readonly bridge: BridgeAccess;
  readonly pods: Pick<NodePods, "get">;
  /** Changes the kernel. */
  readonly run: RunNetlink;
}

/**
 * Removes what this sandbox and attachment have, if anything. It works without API server, without network namespace and
 * without an earlier success, and leaves a newer sandbox of the pod alone.
 */
export async function delSandbox(
  call: AttachmentCall<"DEL">,
  config: CniConfig,
  { bridge, pods, run }: DelParts,
  options: CallOptions,
): Promise<void> {
  const { containerId, interfaceName } = call;
  const found = await bridge.find((port) => isOfAttachment(port, containerId, interfaceName), options);
  await bridge.remove(found, options);
  const elsewhere = new Set(bridge.ports().map(({ hostName }) => hostName));
  const unfinished = [...interfaceNames(call, config, pods)].map((name) => hostVethName(containerId, name));
  await removePairs([...namesOf(found), ...unfinished.filter((name) => !elsewhere.has(name))], run);
}

/**
 * Names of interfaces that an agent may have begun to make before it was killed. They come from the call and from the
 * informer, without a request to anybody. A pair that is not found in this way goes with the pod's network namespace.
 */
function interfaceNames(
  { args, interfaceName }: AttachmentCall<"DEL">,
  { prevResult }: CniConfig,
  pods: DelParts["pods"],
): ReadonlySet<string> {
  const told = parseCniArgs(args);
  const pod = pods.get(`${told.get("K8S_POD_NAMESPACE") ?? ""}/${told.get("K8S_POD_NAME") ?? ""}`);
  const result = pod?.metadata.annotations[annotationKeys.result.key];
  return new Set([
    interfaceName,
    ...(prevResult?.interfaces ?? []).filter(({ sandbox = "" }) => sandbox !== "").map(({ name }) => name),
    ...(result === undefined ? [] : namesInResult(result)),
  ]);
}

/** A result that cannot be read was edited, and an edited result was never wired. */
function namesInResult(result: string): readonly string[] {
  try {
    return parseResult(result).map((one) => one.interface);
  } catch {
    return [];
  }
}

/** Removes the ports of this CNI network whose attachment the runtime does not want any more. */
export async function collectGarbage(
  config: CniConfig,
  { bridge, run }: Pick<DelParts, "bridge" | "run">,
  options: CallOptions,
): Promise<void> {
  const { name, validAttachments } = config;
  if (validAttachments === undefined) return;
  const stale = await bridge.find((port) => isStale(port, name, validAttachments), options);
  await bridge.remove(stale, options);
  await removePairs(namesOf(stale), run);
}

function namesOf(ports: readonly FoundOvsPort[]): readonly string[] {
  return ports.map(({ hostName }) => hostName);
}
