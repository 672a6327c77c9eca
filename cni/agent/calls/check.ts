import { podOfArgs, parseCniArgs } from "#cni/contract/cni-args.ts";
import type { CniConfig } from "#cni/contract/network-config.ts";
import type { CniResult } from "#cni/contract/result.ts";
import { type FoundOvsPort, isInstalled, isOfAttachment } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { type PodInterface, podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { isShaped, shapingDifferences } from "#cni/plumbing/shaping.ts";
import { foundInPod } from "#cni/plumbing/interface-route-table.ts";
import { emptyNetworkState } from "#cni/plumbing/network-state.ts";
import { kernelDifferences } from "#cni/plumbing/pod-differences.ts";
import { toldAddresses } from "#cni/plumbing/sandbox-result.ts";
import { readLinks, readNetworkState } from "#cni/plumbing/wire-sandbox.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import type { AddCall, AddParts } from "./add.ts";
import { calledInterfaces } from "./called-interfaces.ts";
import { livingPod } from "../pods/pod-results.ts";
import { verifiedResult } from "./verified-result.ts";

/**
 * Compares the pod's result with the kernel, with Open vSwitch, and with the result that ADD gave. Throws `SandboxChanged`
 * with every difference, or `SandboxUnknown` when the attachment has no port. An interface that is being unplugged is passed by.
 */
export async function checkSandbox(
  call: AddCall,
  config: CniConfig,
  parts: AddParts,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<void> {
  const { containerId, interfaceName, netns } = call;
  const args = podOfArgs(parseCniArgs(call.args));
  const known = await verifiedResult(livingPod(await parts.results.find(args, options), args), parts);
  const ports = await parts.bridge.find((port) => isOfAttachment(port, containerId, interfaceName), options);
  if (known === undefined) {
    if (ports.length === 0) return;
    throw new AppError("SandboxChanged", "the pod still has ports, but no result any more");
  }
  if (ports.length === 0) throw new AppError("SandboxUnknown", `the sandbox ${containerId} has no ports of ours`);
  const { result, selected } = await calledInterfaces(call, config, known, parts, options);
  const mtu = await parts.mtu.get(parts.bridge.tunnel, options.signal);
  const interfaces = selected.flatMap((one) =>
    podInterfaces(containerId, [one], mtu, foundInPod(one, result.interfaces)),
  );
  const { run, bridge } = parts;
  const inPod = await readNetworkState(netns, options.signal, run);
  const onHost = selected.some(isShaped) ? await readLinks(undefined, options.signal, run) : emptyNetworkState;
  const found = [
    ...portDifferences(selected, interfaces, ports),
    ...resultDifferences(interfaces, config.prevResult),
    ...kernelDifferences(interfaces, inPod),
    ...shapingDifferences(interfaces, bridge.inUserSpace, onHost, inPod),
  ];
  if (found.length > 0) throw new AppError("SandboxChanged", found.join("; "));
}

/** The differences between Open vSwitch and the pod's result. */
export function portDifferences(
  selected: readonly InterfaceResult[],
  interfaces: readonly PodInterface[],
  ports: readonly FoundOvsPort[],
): readonly string[] {
  return interfaces.flatMap(({ name, hostName, mac }, index) => {
    const port = ports.find((one) => one.hostName === hostName);
    if (port === undefined) return [`${name} has no port on the bridge`];
    const wanted = selected[index]?.port ?? "";
    const { ids } = port;
    return [
      ...(ids.get(interfaceKeys.port) === wanted ? [] : [`the port of ${name} is not bound to ${wanted}`]),
      ...(ids.get(interfaceKeys.mac) === mac ? [] : [`the port of ${name} is not for ${mac}`]),
      ...(isInstalled(port) ? [] : [`the port of ${name} is not installed by ovn-controller`]),
    ];
  });
}

/** The differences between the runtime's `prevResult` and the pod's result: it may be the result of another sandbox. */
export function resultDifferences(
  interfaces: readonly PodInterface[],
  remembered: CniResult | undefined,
): readonly string[] {
  if (remembered === undefined) return [];
  return interfaces.flatMap((expected) => {
    const { name, mac } = expected;
    const index = remembered.interfaces.findIndex((one) => one.name === name && (one.sandbox ?? "") !== "");
    if (index < 0) return [`prevResult has no ${name}`];
    const told = new Set(remembered.ips.filter((ip) => ip.interface === index).map(({ address }) => address));
    const lacking = toldAddresses(expected).filter((address) => !told.has(address));
    return [
      ...(remembered.interfaces[index]?.mac === mac ? [] : [`prevResult has another MAC for ${name}`]),
      ...lacking.map((address) => `prevResult lacks ${address} of ${name}`),
    ];
  });
}
