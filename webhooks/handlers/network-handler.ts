import { type NetworkConfig, parseNetwork } from "#src/api/network/network-config.ts";
import { isRefusal, refusal } from "#src/core/errors.ts";
import { cidrsOverlap, printCidr } from "#src/net/cidr.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed, denied } from "../admission/response.ts";
import type { StoredNetwork } from "#src/pods/stored/stored-networks.ts";
import { appliedObject } from "./applied-object.ts";
import { type NetworkHandlerOptions, refuseTakenName, refuseTakenSwitch } from "./network-names.ts";

interface UplinkNames {
  /** The names of the Uplinks; undefined while nobody knows. */
  readonly uplinks?: () => ReadonlySet<string> | undefined;
}

/** Handles the validating entry for Networks: it checks what the rules of the CRD cannot. The controller checks again. */
export function createNetworkHandler({
  index,
  stored,
  uplinks,
}: NetworkHandlerOptions & UplinkNames): AdmissionHandler {
  return async (request) => {
    const object = appliedObject(request);
    if (object === undefined) return Promise.resolve(allowed());
    const { oldObject, operation, namespace, name } = request;
    try {
      const config = parseNetwork(object);
      const others = [...stored()].filter(
        (other) => other.kind !== "Network" || other.namespace !== namespace || other.name !== name,
      );
      refuseTakenName(config.name, others);
      if (operation === "CREATE") {
        if (!config.adopt)
          refuseTakenSwitch(config.name, index, "choose another name, or set spec.adopt to share the switch");
        refuseAdoption(config, index);
      }
      refuseOverlap(config, others);
      const lacks = config.adopt && index.named(config.name).length === 0;
      const warnings = lacks ? [`there is no logical switch ${config.name} to adopt yet`] : [];
      const unknown = unknownUplink(config, uplinks?.());
      const missing = unknownNetworks(config, others);
      return allowed({ warnings: [...warnings, ...unknown, ...missing, ...addedSubnets(config, oldObject)] });
    } catch (error) {
      if (isRefusal(error)) return denied(error);
      throw error;
    }
  };
}

/** The Uplink may come after the Network. Until then nothing leaves the network. */
function unknownUplink({ uplink }: NetworkConfig, known: ReadonlySet<string> | undefined): readonly string[] {
  if (uplink === undefined || known === undefined || known.has(uplink)) return [];
  return [`there is no Uplink ${uplink} yet, and nothing leaves the network until it is there`];
}

/** They may come later. A mistake in the name of a network only keeps it out. */
function unknownNetworks({ reachableFrom }: NetworkConfig, others: readonly StoredNetwork[]): readonly string[] {
  const known = new Set(others.filter(({ kind }) => kind === "Network").map(({ name }) => name));
  const missing = (reachableFrom?.networks ?? []).filter((name) => !known.has(name));
  return missing.map((name) => `there is no Network ${name} yet, which spec.reachableFrom.networks names`);
}

/** Warns of subnets that are added, since routes are written into a pod when it is created. */
function addedSubnets({ subnets }: NetworkConfig, oldObject: unknown): readonly string[] {
  const before = oldObject === undefined ? undefined : readStored(oldObject);
  if (before === undefined) return [];
  const known = new Set(before.subnets.map(({ cidr }) => printCidr(cidr)));
  const added = subnets.map(({ cidr }) => printCidr(cidr)).filter((text) => !known.has(text));
  return added.map((text) => `pods that exist already get no route to ${text}: create them again to reach its pods`);
}

function refuseAdoption({ name, namespace, adopt }: NetworkConfig, index: NetworkHandlerOptions["index"]): void {
  const closed = index.named(name).some(({ network }) => {
    return network.adoptableBy !== "*" && !network.adoptableBy.has(namespace);
  });
  if (!adopt || !closed) return;
  throw refusal("NotAllowed", {
    field: "spec.adopt",
    value: name,
    reason: `is a logical switch whose maker does not let Networks of the namespace ${namespace} adopt it`,
    remedy: "ask its maker to name the namespace in external_ids:k8s.plugin.opnfv.org/adoptable-by of the switch",
  });
}

function refuseOverlap(config: NetworkConfig, others: readonly StoredNetwork[]): void {
  if (!config.routed) return;
  for (const other of others) {
    if (other.kind !== "Network") continue;
    const stored = readStored(other.object);
    if (stored?.routed !== true) continue;
    for (const { field, cidr } of config.subnets) {
      const taken = stored.subnets.find((subnet) => cidrsOverlap(subnet.cidr, cidr));
      if (taken === undefined) continue;
      throw refusal("AddressReserved", {
        field: `${field}.subnet`,
        value: printCidr(cidr),
        reason: `overlaps ${printCidr(taken.cidr)} of the Network ${other.namespace}/${other.name} on the same router`,
        remedy: "choose another prefix, or set spec.isolated",
      });
    }
  }
}

/** A stored Network that breaks the rules has no rows to overlap with. It was stored before the rules existed. */
function readStored(object: unknown): NetworkConfig | undefined {
  try {
    return parseNetwork(object);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
