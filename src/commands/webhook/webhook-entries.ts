import { definitionKey } from "#src/api/multus/multus-selection.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { ResultSigner } from "#src/tokens/token.ts";
import { NetworkGate } from "#webhooks/network/network-gate.ts";
import { createNetworkHandler } from "#webhooks/network/network-handler.ts";
import type { StoredNetworks } from "#webhooks/network/stored-networks.ts";
import { createMultusPodHandler, createPodHandler } from "#webhooks/pod/pod-handler.ts";
import { podView } from "#webhooks/pod/pod-view.ts";
import { ReservationCap } from "#webhooks/pod/reservation-cap.ts";
import { namedDefinitions, type StoredDefinitions } from "#webhooks/pod/stored-definitions.ts";
import type { AdmissionEntry } from "#webhooks/server/admission-route.ts";
import { createWorkloadHandler } from "#webhooks/workload/workload-handler.ts";
import type { CommandContext } from "../command.ts";

/** What the webhook keeps of Kubernetes in memory. */
export interface StoredObjects {
  readonly networks: StoredNetworks;
  readonly definitions: StoredDefinitions;
}

/** Definitions that are ours whatever is in them, as `namespace/name`. */
export function ownDefinitionNames(
  config: Pick<CommandContext<"webhook">["config"], "nadNamespace" | "nadName" | "otherNads">,
): readonly string[] {
  return [definitionKey({ namespace: config.nadNamespace, name: config.nadName }), ...config.otherNads];
}

/** Everything that the webhook serves; the paths stand in deploy/base/*-webhook.yaml. */
export function webhookEntries(
  { config, clock, logger }: CommandContext<"webhook">,
  allocator: NbAllocator,
  signer: ResultSigner,
  stored: StoredObjects | undefined,
): readonly AdmissionEntry[] {
  const definition = { namespace: config.nadNamespace, name: config.nadName };
  const definitions = stored?.definitions.source ?? namedDefinitions(ownDefinitionNames(config));
  const excludedNamespaces = new Set(config.excludedNamespaces);
  const { index, reservations, switches } = allocator;
  const gate = stored && new NetworkGate({ index, switches, objects: stored.networks });
  const cap = new ReservationCap({ index, reservations, clock, maxOpen: config.maxOpenReservations });
  const podOptions = {
    allocator,
    cap,
    gate,
    signer,
    logger,
    definition: config.attach === "multus" ? definition : undefined,
    definitions,
    excludedNamespaces,
  };
  const networks = createNetworkHandler({ index, stored: () => stored?.networks.networks.values() ?? [] });
  const workloads = createWorkloadHandler({ allocator, gate, definitions, excludedNamespaces, clock });
  return [
    { name: "pods", path: "/mutate/pods", handler: createPodHandler(podOptions), view: podView },
    { name: "multus-pods", path: "/mutate/multus-pods", handler: createMultusPodHandler(podOptions), view: podView },
    { name: "networks", path: "/validate/networks", handler: networks },
    { name: "workloads", path: "/validate/workloads", handler: workloads },
  ];
}
