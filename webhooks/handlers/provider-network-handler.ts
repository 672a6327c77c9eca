import { parseProviderNetwork, type ProviderNetworkConfig } from "#src/api/provider-network/provider-network-config.ts";
import { findWireClash } from "#src/api/provider-network/wire-clash.ts";
import { isRefusal, refusal } from "#src/core/errors.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed, denied } from "../admission/response.ts";
import { appliedObject } from "./applied-object.ts";
import { type NetworkHandlerOptions, refuseTakenName, refuseTakenSwitch } from "./network-names.ts";

/**
 * Handles the validating entry for ProviderNetworks: it checks what the rules of the CRD cannot. The controller checks again,
 * since two replicas may let two objects pass that clash.
 */
export function createProviderNetworkHandler({ index, stored }: NetworkHandlerOptions): AdmissionHandler {
  return async (request) => {
    const object = appliedObject(request);
    if (object === undefined) return Promise.resolve(allowed());
    const { oldObject, operation, namespace, name } = request;
    try {
      const config = parseProviderNetwork(object);
      const others = [...stored()].filter(
        (other) => other.kind !== "ProviderNetwork" || other.namespace !== namespace || other.name !== name,
      );
      refuseTakenName(config.name, others);
      if (operation === "CREATE") refuseTakenSwitch(config.name, index, "choose another name");
      const before = oldObject === undefined ? undefined : readStored(oldObject);
      if (before !== undefined) refuseMove(config, before);
      const wired = others.filter(({ kind }) => kind === "ProviderNetwork").map((other) => readStored(other.object));
      const clash = findWireClash(
        config,
        wired.filter((one) => one !== undefined),
      );
      if (clash !== undefined) {
        const { field, value, reason, remedy } = clash;
        throw refusal(clash.kind === "SubnetOverlap" ? "AddressReserved" : "NotAllowed", {
          field,
          value,
          reason,
          remedy,
        });
      }
      return allowed({ warnings: config.warnings });
    } catch (error) {
      if (isRefusal(error)) return denied(error);
      throw error;
    }
  };
}

/** Pods that are there were placed by the wire, so that a network stays on it. */
function refuseMove(config: ProviderNetworkConfig, before: ProviderNetworkConfig): void {
  const fixed = [
    { field: "spec.physicalNetwork", was: before.physicalNetwork, value: config.physicalNetwork },
    { field: "spec.vlan.vlanId", was: before.tag, value: config.tag },
    { field: "spec.trunk", was: before.trunk, value: config.trunk },
  ];
  const moved = fixed.find(({ was, value }) => was !== value);
  if (moved === undefined) return;
  throw refusal("NotAllowed", {
    field: moved.field,
    value: moved.value,
    reason: `was ${moved.was === undefined ? "absent" : JSON.stringify(moved.was)}, and a ProviderNetwork stays on the wire and in the VLAN that it was made for`,
    remedy:
      moved.field === "spec.physicalNetwork"
        ? `write spec.physicalNetwork: ${before.physicalNetwork} to name another interface for the same wire, or make another ProviderNetwork`
        : "make another ProviderNetwork",
  });
}

/** A stored object that breaks the rules has no rows to clash with. */
function readStored(object: unknown): ProviderNetworkConfig | undefined {
  try {
    return parseProviderNetwork(object);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
