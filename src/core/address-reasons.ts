import type { ReasonEntry } from "./event-reasons.ts";

/** The reasons of conditions of Services and floating addresses that say what they lack. */
export const addressReasons = {
  NoBackends: {
    on: "Service",
    meaning: "The Service has an address, and no ready pod of its selector has an interface on the network.",
    remedy: "Look at the selector, at the readiness of the pods, and at the network in their requests.",
  },
  NoSuchNamedPort: {
    on: "Service",
    meaning: "The Service has an address, and no ready pod has a container port with the name that is its targetPort.",
    remedy: "Write the number of the port, or give a container's port that name.",
  },
  NetworkNotFound: {
    on: "Service",
    meaning: "The network that the Service names does not exist.",
    remedy: "Create the Network, or name another one in the annotation of the Service.",
  },
  NoServiceAddresses: {
    on: "Service",
    meaning: "The network has no addresses for Services.",
    remedy: "The owner of the Network writes ranges into spec.serviceAddresses; or name another network.",
  },
  WaitsForNetwork: {
    on: "Service",
    meaning: "The addresses for Services of the network are not yet kept from pods.",
    remedy:
      "Nothing: the Service is looked at again by itself. If it stays, the condition Ready of the Network says why.",
  },
  NoUplink: {
    on: "Service",
    meaning: "The Service asks for an address outside, and its network leaves by no Uplink.",
    remedy: "Write spec.uplink in the Network, or another type of Service.",
  },
  NotServed: {
    on: "Service",
    meaning: "The Service is not served on its network, so that it is not reached from outside either.",
    remedy: "The condition Served of the Service says why.",
  },
  UnknownUplink: {
    on: "FloatingIP, Service",
    meaning: "The Uplink that is named does not exist.",
    remedy: "Create the Uplink, or name another one.",
  },
  NamespaceNotAllowed: {
    on: "FloatingIP, Service",
    meaning: "The Uplink gives no address to the namespace. One that is held stays held, and no traffic comes by it.",
    remedy: "The owner of the Uplink writes the namespace into spec.floating.allowedNamespaces.",
  },
  NoFloatingAddresses: {
    on: "FloatingIP, Service",
    meaning: "The Uplink has no addresses to give.",
    remedy: "The owner of the Uplink writes addresses into spec.floating.",
  },
  AddressNotInPool: {
    on: "FloatingIP, Service",
    meaning: "The address that is asked for is none that the Uplink gives.",
    remedy: "Ask for one of spec.floating of the Uplink, or for none in particular.",
  },
  NoPod: {
    on: "FloatingIP",
    meaning: "The selector selects no pod that runs and has interfaces.",
    remedy: "Correct the selector, or wait until the pod runs.",
  },
  SeveralPods: {
    on: "FloatingIP",
    meaning: "The selector selects more than one pod; the address stays with the one that has it.",
    remedy: "Let the selector select one pod.",
  },
  PodWithoutNetwork: {
    on: "FloatingIP",
    meaning: "The pod has no address in a network that leaves by the Uplink.",
    remedy: "Name the Uplink in the pod's Network, or the network and Uplink that the pod has in the FloatingIP.",
  },
  SeveralNetworks: {
    on: "FloatingIP",
    meaning: "The pod has several interfaces that leave by the Uplink.",
    remedy: "Name one of their networks in spec.network.",
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;
