// Finds the gateway that gives a network its addresses outside, or says why there is none.
import type { FloatingRequest } from "#src/api/request/floating-request.ts";
import { type AppError, refusal } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import type { FloatingGateway } from "#src/ovn/floating/floating-gateway.ts";
import type { Network } from "#src/ovn/network.ts";
import type { AddressIndex } from "../index/address-index.ts";
import { addressKey } from "../index/address-key.ts";
import type { SwitchState } from "../index/switch-state.ts";

/** Throws `FloatingUnavailable` with what is missing. */
export function findGateway(network: Network, asked: FloatingRequest, index: AddressIndex): FloatingGateway {
  const { uplink } = network;
  if (uplink === undefined) throw withoutUplink(network, asked, index);
  const gateway = index.floating.gateway(uplink);
  if (gateway === undefined) {
    throw unavailable(
      asked,
      `is asked for on the network ${JSON.stringify(network.name)}, whose Uplink ${uplink} has no gateway yet`,
      `look at what it waits for: kubectl describe uplink ${uplink}`,
    );
  }
  if (gateway.ranges.length === 0) {
    throw unavailable(
      asked,
      `is asked for on the network ${JSON.stringify(network.name)}, whose Uplink ${uplink} has no floating addresses`,
      "ask the owner of the Uplink to write them into spec.floating.addresses",
    );
  }
  if (asked.distributed && gateway.providerNetwork === undefined) {
    throw unavailable(
      asked,
      `is asked for from the node of the pod, and nobody tells which nodes carry the physical network of the Uplink ${uplink}`,
      "leave distributed out, or let the Uplink name a providerNetwork in place of physicalNetwork",
    );
  }
  return gateway;
}

function withoutUplink(network: Network, asked: FloatingRequest, index: AddressIndex): AppError {
  const shown = JSON.stringify(network.name);
  if (network.physicalNetwork !== undefined) {
    return unavailable(
      asked,
      `is asked for on ${shown}, a ProviderNetwork, on which pods are outside with their own addresses`,
      "leave externalIp out",
    );
  }
  const state = index.switchWith(network.switchUuid);
  if (state === undefined || !isRouted(state)) {
    return unavailable(
      asked,
      `is asked for on the network ${shown}, which is isolated: no router of ours is on it`,
      "ask for a network that is not isolated, or leave externalIp out",
    );
  }
  return unavailable(
    asked,
    `is asked for on the network ${shown}, which names no Uplink; the uplink of the controller's flags has no floating addresses`,
    "ask the network's owner to name an Uplink with spec.floating in spec.uplink, or leave externalIp out",
  );
}

/** A router port of ours has the address of a gateway on the switch. */
function isRouted({ pools, ips }: SwitchState): boolean {
  return pools.some(({ subnet: { gateway } }) => {
    return gateway !== undefined && ips.of(addressKey(gateway)).some((holder) => typeof holder === "object");
  });
}

function unavailable(asked: FloatingRequest, reason: string, remedy: string): AppError {
  return refusal("FloatingUnavailable", {
    field: asked.field,
    value: asked.address === undefined ? "auto" : printIp(asked.address),
    reason,
    remedy,
  });
}
