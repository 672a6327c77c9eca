// The Events that the controllers write on pods about their addresses.
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";

type PodEventKind = Pick<EventNote, "type" | "reason"> & { readonly message: (detail: string) => string };

/** Every Event that the controller writes on pods about their addresses. */
export const podEvents = {
  forged: {
    type: "Warning",
    reason: "ForgedResult",
    message: (detail) =>
      `The allocation label or the result of this pod was not made for it; ${detail}. Create the pod again.`,
  },
  "unknown key": {
    type: "Warning",
    reason: "UnknownTokenKey",
    message: () =>
      "The allocation token is signed with a key that the controller does not have; nothing is done for it.",
  },
  duplicate: {
    type: "Warning",
    reason: "DuplicateAllocation",
    message: () => "Another pod holds the allocation of this pod's label. Create the pod again.",
  },
  unlabelled: {
    type: "Warning",
    reason: "AllocationLabelLost",
    message: () => "The pod holds addresses, but its allocation label was removed. Create the pod again.",
  },
  replayed: {
    type: "Warning",
    reason: "OldResult",
    message: () =>
      "Somebody put an older result back on this pod. Nothing is wired or made again by it. Create the pod again.",
  },
  plugged: {
    type: "Normal",
    reason: "InterfacesPlugged",
    message: (detail) => `The pod was given interfaces while it runs: ${detail}.`,
  },
  unplugged: {
    type: "Normal",
    reason: "InterfacesUnplugged",
    message: (detail) => `Interfaces have left the pod, and their addresses were released: ${detail}.`,
  },
  missing: {
    type: "Warning",
    reason: "PortLost",
    message: (detail) =>
      `Ports of this pod were lost from the Northbound database and cannot be made again: ${detail}.`,
  },
  "re-created": {
    type: "Normal",
    reason: "PortRestored",
    message: () => "Ports of this pod had been lost from the Northbound database and were made again.",
  },
  changed: {
    type: "Warning",
    reason: "PortChanged",
    message: (detail) =>
      `Somebody changed ports of this pod in the Northbound database, and they cannot be corrected: ${detail}.`,
  },
  corrected: {
    type: "Warning",
    reason: "PortCorrected",
    message: () =>
      "Somebody had changed ports of this pod in the Northbound database; they are again as the pod's result says.",
  },
  "handed over": {
    type: "Normal",
    reason: "AddressesMoved",
    message: () => "The virtual machine goes on in this pod, which has its addresses from now on.",
  },
  "several switches": {
    type: "Warning",
    reason: "PortOnSeveralSwitches",
    message: (detail) =>
      `A port of this pod is on more than one logical switch: ${detail}. Its addresses are held on all of them, and ` +
      "the port is left alone until it is on one switch again.",
  },
  late: {
    type: "Normal",
    reason: "AllocatedLate",
    message: () => "Addresses were allocated after the pod had been stored: no webhook had seen it being created.",
  },
  "late refused": {
    type: "Warning",
    reason: "AllocationRefused",
    message: (detail) => `The pod was stored without addresses, and cannot be given them now: ${detail}.`,
  },
  "not allocated": {
    type: "Warning",
    reason: "NotAllocated",
    message: () =>
      "The pod asks for networks, but was stored while no webhook saw it, and is on a node by now: it gets no " +
      "addresses. Delete the pod and create it again.",
  },
  "not late": {
    type: "Warning",
    reason: "NotAllocated",
    message: (path) =>
      `The pod asks for networks, but was stored while no webhook saw it, and its request needs ${path}, which is ` +
      "written only while a pod is created: it gets no addresses. Delete the pod and create it again.",
  },
  "port down": {
    type: "Warning",
    reason: "PortDown",
    message: (detail) =>
      `No chassis has ports of this pod, which gets no traffic there: ${detail}. ` +
      "Look at ovn-controller of its node, at br-int there, and at the agent's log.",
  },
  "not attached": {
    type: "Warning",
    reason: "InterfacesNotAttached",
    message: (detail) =>
      `The pod was given interfaces while it runs, and nobody has attached them: ${detail}. Multus does as a daemon, together with ` +
      "multus-dynamic-networks-controller; without these they come when the sandbox of the pod is made again.",
  },
  "waits for wire": {
    type: "Warning",
    reason: "WaitsForWire",
    message: (detail) => `The pod waits for a node with ${detail}.`,
  },
  conflict: {
    type: "Warning",
    reason: "AddressConflict",
    message: (detail) => `An address of this pod is held by others as well: ${detail}.`,
  },
} as const satisfies Record<string, PodEventKind>;

export type PodEventName = keyof typeof podEvents;

interface NamedPod {
  readonly metadata: Pick<PodMetadata["metadata"], "namespace" | "name" | "uid">;
}

/** Makes an Event of this kind about a pod. */
export function podEvent(pod: NamedPod, name: PodEventName, detail = ""): EventNote {
  const { namespace, name: podName = "", uid = "" } = pod.metadata;
  const { type, reason, message } = podEvents[name];
  return {
    subject: { apiVersion: "v1", kind: "Pod", namespace, name: podName, uid },
    type,
    reason,
    message: message(detail),
  };
}
