import { definitionKey } from "#src/api/multus-selection.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { TokenSigner } from "#src/ipam/token.ts";
import { NetworkGate } from "#webhooks/network/network-gate.ts";
import { createNetworkHandler } from "#webhooks/network/network-handler.ts";
import type { StoredNetworks } from "#webhooks/network/stored-networks.ts";
import { createPodHandler } from "#webhooks/pod/pod-handler.ts";
import { ReservationCap } from "#webhooks/pod/reservation-cap.ts";
import type { AdmissionEntry } from "#webhooks/server/admission-route.ts";
import { createWorkloadHandler } from "#webhooks/workload/workload-handler.ts";
import type { CommandContext } from "./command.ts";

/** Everything that the webhook serves; the paths stand in deploy/base/*-webhook.yaml. */
export function webhookEntries(
  { config, clock, logger }: CommandContext<"webhook">,
  allocator: NbAllocator,
  signer: TokenSigner,
  stored: StoredNetworks | undefined,
): readonly AdmissionEntry[] {
  const definition = { namespace: config.nadNamespace, name: config.nadName };
  const ours = new Set([definitionKey(definition), ...config.otherNads]);
  const excludedNamespaces = new Set(config.excludedNamespaces);
  const { index, reservations, switches } = allocator;
  const gate = stored && new NetworkGate({ index, switches, objects: stored });
  const cap = new ReservationCap({ index, reservations, clock, maxOpen: config.maxOpenReservations });
  const pods = createPodHandler({
    allocator,
    cap,
    gate,
    signer,
    logger,
    definition: config.attach === "multus" ? definition : undefined,
    ours,
    excludedNamespaces,
  });
  const networks = createNetworkHandler({ index, stored: () => stored?.networks.values() ?? [] });
  const workloads = createWorkloadHandler({ allocator, gate, ours, excludedNamespaces });
  return [
    { name: "pods", path: "/mutate/pods", handler: pods },
    { name: "networks", path: "/validate/networks", handler: networks },
    { name: "workloads", path: "/validate/workloads", handler: workloads },
  ];
}
