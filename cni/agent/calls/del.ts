import { parseCniArgs } from "#cni/contract/cni-args.ts";
import type { AttachmentCall } from "#cni/contract/environment.ts";
import type { CniConfig } from "#cni/contract/network-config.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { type FoundOvsPort, isOfAttachment, isStale } from "#cni/plumbing/ovs-ports.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { parseHostEnd } from "#cni/plumbing/host-end.ts";
import { linkNames } from "#cni/plumbing/link-names.ts";
import { readLinks, removePairs } from "#cni/plumbing/wire-sandbox.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readableResult } from "#src/api/result.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import type { NodePods } from "../pods/pod-results.ts";

export interface DelParts {
  readonly bridge: BridgeAccess;
  readonly pods: Pick<NodePods, "get">;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  /** The names of the node's links; for tests. */
  readonly links?: () => Promise<ReadonlySet<string>>;
}

/**
 * Removes what this sandbox and attachment have, if anything. It works without API server, without network namespace and
 * without an earlier success, and leaves a newer sandbox of the pod alone.
 */
export async function delSandbox(
  call: AttachmentCall<"DEL">,
  config: CniConfig,
  { bridge, pods, run, links = linkNames }: DelParts,
  options: CallOptions,
): Promise<void> {
  const { containerId, interfaceName } = call;
  const found = await bridge.find((port) => isOfAttachment(port, containerId, interfaceName), options);
  await bridge.remove(found, options);
  const elsewhere = new Set(bridge.ports().map(({ hostName }) => hostName));
  const hostNames = (names: readonly string[]): readonly string[] =>
    names.map((name) => hostVethName(containerId, name)).filter((name) => !elsewhere.has(name));
  const sure = new Set([...namesOf(found), ...hostNames([interfaceName, ...namesInPod(config)])]);
  const unsure = hostNames(namesInformed(call, pods)).filter((name) => !sure.has(name));
  await removePairs([...sure, ...(await unfinished(unsure, call, { run, links }))], run);
}

function namesInPod({ prevResult }: CniConfig): readonly string[] {
  return (prevResult?.interfaces ?? []).filter(({ sandbox = "" }) => sandbox !== "").map(({ name }) => name);
}

/** The names of the pod's interfaces by the informer, without a request to anybody. */
function namesInformed({ args }: AttachmentCall<"DEL">, pods: DelParts["pods"]): readonly string[] {
  const told = parseCniArgs(args);
  const pod = pods.get(`${told.get("K8S_POD_NAMESPACE") ?? ""}/${told.get("K8S_POD_NAME") ?? ""}`);
  const result = pod?.metadata.annotations[annotationKeys.result.key];
  // An edited result was never wired.
  return (readableResult(result ?? "") ?? []).map((one) => one.interface);
}

/**
 * Finds those of these pairs, which have no port, that an agent began to make for this call before it was killed. Others of the pod
 * belong to calls whose DEL does not come now, and have lost their ports. A pair that is not found in this way goes with the
 * pod's network namespace.
 */
async function unfinished(
  hostNames: readonly string[],
  { containerId, interfaceName }: AttachmentCall<"DEL">,
  { run, links }: Required<Pick<DelParts, "run" | "links">>,
): Promise<readonly string[]> {
  const present = hostNames.length === 0 ? new Set<string>() : await links();
  const found = hostNames.filter((name) => present.has(name));
  if (found.length === 0) return [];
  const state = await readLinks(undefined, AbortSignal.timeout(readLimitMs), run);
  return found.filter((name) => {
    const end = parseHostEnd(state.links.find((link) => link.name === name)?.alias);
    return end === undefined || (end.sandbox === containerId && end.attachment === interfaceName);
  });
}

const readLimitMs = 10_000;

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
