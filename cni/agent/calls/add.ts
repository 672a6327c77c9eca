import { podOfArgs, parseCniArgs } from "#cni/contract/cni-args.ts";
import type { AttachmentCall } from "#cni/contract/environment.ts";
import type { CniConfig } from "#cni/contract/network-config.ts";
import { appendResult, type CniResult } from "#cni/contract/result.ts";
import { isInstalled, isOfAttachment, isOfSandbox, type NewOvsPort, type PortOrigin } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { type PodInterface, podInterfaces } from "#cni/plumbing/pod-interface.ts";
import type { PodSettings } from "../../plumbing/pod-commands.ts";
import { isShaped } from "#cni/plumbing/shaping.ts";
import { sandboxResult } from "#cni/plumbing/sandbox-result.ts";
import { removePairs, type Sandbox, wireSandbox } from "#cni/plumbing/wire-sandbox.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { DefaultMtu } from "../node/default-mtu.ts";
import { leadThroughIfbs } from "../keepers/bandwidth-keeper.ts";
import type { BypassCidrs } from "../node/bypass-cidrs.ts";
import type { BridgeAccess } from "../node/integration-bridge.ts";
import { calledInterfaces, noResult } from "./called-interfaces.ts";
import { hasResult, livingPod, type PodResult, type PodResults } from "../pods/pod-results.ts";
import type { PodWatch } from "../pods/pod-watch.ts";
import { verifiedResult, type VerifyingParts } from "./verified-result.ts";

export interface AddParts extends VerifyingParts {
  readonly bridge: BridgeAccess;
  readonly results: Pick<PodResults, "find" | "live" | "verified">;
  readonly watch: PodWatch;
  readonly mtu: Pick<DefaultMtu, "get">;
  readonly bypassCidrs: Pick<BypassCidrs, "get">;
  /** Changes the kernel. */
  readonly run: RunNetlink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called for a pod that has waited long for the flows of these ports, so that people are told before the call fails. */
  readonly onWaiting: (pod: PodResult["pod"], ports: readonly string[]) => void;
}

export type AddCall = AttachmentCall<"ADD" | "CHECK"> & { readonly netns: string };

/** ovn-controller mostly needs less than a second. */
export const longWaitMs = 10_000;

/** The rollback of a failed ADD gets this time, also when the call was aborted. */
const rollbackMs = 10_000;

/** Wires the interfaces of one attachment and resolves with the CNI result. On failure nothing of it is left. */
export async function addSandbox(
  call: AddCall,
  config: CniConfig,
  parts: AddParts,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<CniResult> {
  const args = podOfArgs(parseCniArgs(call.args));
  const found = await parts.results.find(args, options);
  // When we stand behind another plugin, every pod of the node comes here. Pods that are not ours are let through.
  if (config.prevResult !== undefined && (found === undefined || !hasResult(found))) return config.prevResult;
  const pod = livingPod(found, args);
  const known = await verifiedResult(pod, parts);
  if (known === undefined) throw noResult(pod);
  const { result, selected } = await calledInterfaces(call, config, known, parts, options);
  if (selected.length === 0) throw unplugged(call);
  return parts.watch.during(pod, call.containerId, options.signal, async (signal) => {
    const within = { signal, deadlineMs: options.deadlineMs };
    await parts.bridge.assertReady(within);
    const mtu = await parts.mtu.get(parts.bridge.tunnel, signal);
    const interfaces = podInterfaces(call.containerId, selected, mtu, result.interfaces);
    const origin = { sandbox: call.containerId, attachment: call.interfaceName, cniNetwork: config.name };
    const hostEnd = (interfaceName: string) => ({ ...origin, interfaceName, allocation: result.allocation });
    const sandbox = {
      netns: call.netns,
      interfaces,
      hostEnds: new Map(interfaces.map(({ name, hostName }) => [hostName, hostEnd(name)])),
      hasOthers: parts.bridge.ports().some((port) => isOfSandbox(port, call.containerId)),
    };
    const settings = await podSettings(sandbox.interfaces, parts, within);
    // The kernel comes first, so that Open vSwitch finds links that nobody changes any more.
    await wireSandbox(sandbox, settings, signal, parts.run);
    try {
      await parts.bridge.add(newPorts(sandbox.interfaces, selected, result.allocation), origin, within);
      await installed(pod, sandbox, parts, within);
      // Open vSwitch has done with the links by now.
      await leadThroughIfbs(sandbox.interfaces, parts, signal);
    } catch (error) {
      await rollback(sandbox, origin, parts);
      throw error;
    }
    const own = sandboxResult(sandbox.interfaces, call.netns);
    return config.prevResult === undefined ? own : appendResult(config.prevResult, own);
  });
}

/** Waits until ovn-controller has installed the flows of all interfaces, and tells of a long wait. */
async function installed(
  pod: PodResult["pod"],
  { interfaces }: Sandbox,
  { bridge, clock, logger, onWaiting }: AddParts,
  within: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<void> {
  const hostNames = new Set(interfaces.map(({ hostName }) => hostName));
  const cancel = clock.after(longWaitMs, () => {
    const lacking = bridge.ports().filter((port) => hostNames.has(port.hostName) && !isInstalled(port));
    const ports = lacking.map(({ ids }) => ids.get(interfaceKeys.port) ?? "");
    const { namespace, name, uid } = pod.metadata;
    logger.warn({ pod: `${namespace ?? ""}/${name ?? ""}`, uid, ports }, "pod waits for ovn-controller");
    onWaiting(pod, ports);
  });
  try {
    await bridge.whenInstalled([...hostNames], within);
  } finally {
    cancel();
  }
}

function unplugged({ interfaceName }: AddCall): AppError {
  return new AppError(
    "ResultMissing",
    `${interfaceName} is being unplugged from the pod; ` +
      "select it again when it is gone from the annotation k8s.plugin.opnfv.org/ovnInterfaces, or under another name",
  );
}

async function podSettings(
  interfaces: readonly PodInterface[],
  { bypassCidrs, bridge }: AddParts,
  within: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<PodSettings> {
  const moves = interfaces.some(({ defaultGateways }) => defaultGateways.length > 0);
  return { bypassCidrs: moves ? await bypassCidrs.get(within) : [], inUserSpace: bridge.inUserSpace };
}

function newPorts(
  interfaces: readonly PodInterface[],
  selected: readonly InterfaceResult[],
  allocation: string,
): readonly NewOvsPort[] {
  return interfaces.map(({ name, hostName, mac, bandwidth }, index) => {
    const port = selected[index]?.port ?? "";
    return { hostName, interfaceName: name, mac, port, allocation, isShaped: isShaped({ bandwidth }) };
  });
}

/** Never throws: DEL, which the runtime calls next, and the sweep remove what is left. */
async function rollback(sandbox: Sandbox, origin: PortOrigin, { bridge, run, clock, logger }: AddParts): Promise<void> {
  const within = { deadlineMs: clock.monotonicMs() + rollbackMs };
  try {
    const made = await bridge.find((port) => isOfAttachment(port, origin.sandbox, origin.attachment), within);
    await bridge.remove(made, within);
  } catch (error) {
    logger.warn({ err: error, ...origin }, "ports of a failed add are left to del");
  }
  try {
    await removePairs(
      sandbox.interfaces.map(({ hostName }) => hostName),
      run,
    );
  } catch (error) {
    logger.warn({ err: error, ...origin }, "pairs of a failed add are left to the runtime");
  }
}
