import { checkChangedBandwidth } from "#src/api/changed-bandwidth.ts";
import { parseChain } from "#src/api/chain/chain-config.ts";
import { parseFloatingIp } from "#src/api/floating-ip/floating-ip-config.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { parseTap } from "#src/api/tap/tap-config.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";
import { NetworkGate } from "#src/pods/networks/network-gate.ts";
import { createWorkloadJudge } from "#src/pods/workload/judge-workload.ts";
import type { ResultSigner, TokenKeys } from "#src/tokens/token.ts";
import { createNetworkHandler } from "#webhooks/handlers/network-handler.ts";
import { createPodChangeHandler } from "#webhooks/handlers/pod-change-handler.ts";
import { createPodHandler } from "#webhooks/handlers/pod-handler.ts";
import { podView } from "#webhooks/handlers/pod-view.ts";
import { createProviderNetworkHandler } from "#webhooks/handlers/provider-network-handler.ts";
import { createReadingHandler } from "#webhooks/handlers/reading-handler.ts";
import { createUplinkHandler } from "#webhooks/handlers/uplink-handler.ts";
import { createWorkloadHandler } from "#webhooks/handlers/workload-handler.ts";
import type { AdmissionEntry } from "#webhooks/server/admission-route.ts";
import { withCaughtUpRefusals } from "#src/pods/caught-up-refusals.ts";
import { ownDefinitionNames, podDecisions } from "../allocation/pod-decisions.ts";
import type { StoredObjects } from "../allocation/stored-objects.ts";
import type { CommandContext } from "../command.ts";

/** A pod whose annotation on limits has changed. */
function readChangedBandwidth(pod: object): readonly string[] {
  return checkChangedBandwidth(readPod(pod).metadata.annotations);
}

/** Makes the entries that the webhook serves. Their paths are those of deploy/base/*-webhook.yaml. */
export function webhookEntries(
  { config, clock, logger }: CommandContext<"webhook">,
  allocator: NbAllocator,
  { signer, keys }: { readonly signer: ResultSigner; readonly keys: TokenKeys },
  stored: StoredObjects | undefined,
): readonly AdmissionEntry[] {
  const definitions = stored?.definitions.source ?? namedDefinitions(ownDefinitionNames(config));
  const { index, switches } = allocator;
  const gate = stored && new NetworkGate({ index, switches, objects: stored.networks });
  const carriedWires = stored && (() => stored.nodes.known);
  const { byRequest, bySelections, byChange } = podDecisions(config, {
    allocator,
    gate,
    carriedWires,
    claims: stored?.claims,
    ordinals: stored?.ordinals,
    definitions,
    signer,
    keys,
    clock,
    logger,
  });
  const excludedNamespaces = new Set(config.excludedNamespaces);
  const judge = createWorkloadJudge({
    allocator,
    gate,
    carriedWires,
    claims: stored?.claims,
    definitions,
    excludedNamespaces,
    clock,
  });
  const uplinks = stored?.uplinks;
  const objects = {
    index,
    stored: () => stored?.networks.values() ?? [],
    uplinks: () => (uplinks?.hasSynced === true ? new Set([...uplinks.values()].map(({ name }) => name)) : undefined),
  };
  const pods = { view: podView, createOnly: true } as const;
  return [
    {
      ...pods,
      name: "pods",
      path: "/mutate/pods",
      handler: createPodHandler(withCaughtUpRefusals(byRequest, allocator)),
    },
    {
      ...pods,
      name: "multus-pods",
      path: "/mutate/multus-pods",
      handler: createPodHandler(withCaughtUpRefusals(bySelections, allocator)),
    },
    {
      view: podView,
      name: "pod-changes",
      path: "/mutate/pod-changes",
      handler: createPodChangeHandler(withCaughtUpRefusals(byChange, allocator)),
    },
    { name: "networks", path: "/validate/networks", handler: createNetworkHandler(objects) },
    {
      name: "provider-networks",
      path: "/validate/provider-networks",
      handler: createProviderNetworkHandler(objects),
    },
    { name: "chains", path: "/validate/chains", handler: createReadingHandler((object) => parseChain(object).unused) },
    { name: "taps", path: "/validate/taps", handler: createReadingHandler((object) => parseTap(object).warnings) },
    { name: "bandwidth", path: "/validate/bandwidth", handler: createReadingHandler(readChangedBandwidth) },
    {
      name: "uplinks",
      path: "/validate/uplinks",
      handler: createUplinkHandler({ index, stored: () => uplinks?.values() ?? [] }),
    },
    {
      name: "floating-ips",
      path: "/validate/floating-ips",
      handler: createReadingHandler((object) => parseFloatingIp(object).warnings),
    },
    { name: "workloads", path: "/validate/workloads", handler: createWorkloadHandler(judge) },
  ];
}
