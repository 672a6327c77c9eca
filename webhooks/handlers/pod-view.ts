import { isList } from "#src/api/text/json-text.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#src/api/text/json-value.ts";

/**
 * Gives the part of a pod that is read and patched: its metadata without `managedFields`, its status, and the fields of its
 * spec that are read (`readPod`, the names of ports) or that the patch changes. The rest is most of a pod, and a review holds its
 * object in memory while it waits for NB.
 */
export function podView(pod: JsonObject): JsonObject {
  const { metadata, spec, ...rest } = pod;
  if (!isJsonObject(metadata) || !isJsonObject(spec)) return pod;
  const { hostNetwork, hostname, nodeName, restartPolicy, nodeSelector, readinessGates, containers, initContainers } =
    spec;
  return {
    ...rest,
    metadata: { ...metadata, managedFields: undefined },
    spec: {
      hostNetwork,
      ...(hostname === undefined ? {} : { hostname }),
      nodeName,
      restartPolicy,
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(readinessGates === undefined ? {} : { readinessGates: gatesOf(readinessGates) }),
      ...portsOf("containers", containers),
      ...portsOf("initContainers", initContainers),
    },
  };
}

/** Keeps the type of each gate. The patch appends to the list, so that it must be known whether there is one. */
function gatesOf(gates: JsonValue): JsonValue {
  if (!isList(gates)) return gates;
  return gates.map((gate): JsonValue => {
    if (!isJsonObject(gate)) return gate;
    const { conditionType } = gate;
    return conditionType === undefined ? {} : { conditionType };
  });
}

/** Keeps the ports that have names. Nothing else is read of containers. */
function portsOf(key: string, containers: unknown): JsonObject {
  if (!Array.isArray(containers)) return {};
  const kept = (containers as readonly JsonValue[]).flatMap((container): readonly JsonObject[] => {
    if (!isJsonObject(container) || !Array.isArray(container["ports"])) return [];
    const ports = (container["ports"] as readonly JsonValue[]).filter((port) => isJsonObject(port) && "name" in port);
    return ports.length === 0 ? [] : [{ ports, restartPolicy: container["restartPolicy"] ?? null }];
  });
  return kept.length === 0 ? {} : { [key]: kept };
}
