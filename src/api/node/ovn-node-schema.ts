// The OvnNode custom resource (k8s.plugin.opnfv.org/v1alpha1): what the agent of a node tells about the node, in an object
// that has the node's name. Its CRD is generated from this schema (ovn-node-crd.ts).
import * as z from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";
import { maxTapsOfNode, nodeTapStatusSchema } from "./node-taps.ts";

/** OVN reads a comma in `requested-chassis` as a list, so that an id with other characters than these is not published. */
export const systemIdPattern = /^[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$/;

/** The connection of a node to one physical network, or the reason why there is none. */
const wireSchema = z.object({
  physicalNetwork: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "The name by which OVN knows the physical network." }),
  interface: z.string().max(15).optional().meta({
    description: "The network interface of the node that is connected to it.",
  }),
  bridge: z.string().max(253).optional().meta({
    description: "The bridge of Open vSwitch between the interface and OVN; absent while there is none.",
  }),
  mtu: z.int().min(68).max(65_535).optional().meta({
    description: "The largest MTU in bytes of packets that the interface carries; absent while it is unknown.",
  }),
  conditions: z
    .array(
      conditionSchemaOf(
        "Ready: pods of the node reach the physical network. MtuFits: no network on it asks for a larger MTU. " +
          "DoubleTagsFit: Open vSwitch reads frames with two tags, which networks with the ethtype 802.1ad need.",
      ),
    )
    .max(8)
    .meta({ description: "What the agent found out about the wire." }),
});

export const ovnNodeStatusSchema = z.object({
  systemId: z.string().regex(systemIdPattern).optional().meta({
    description: "The system id of the node's Open vSwitch. OVN knows the chassis of the node by it.",
  }),
  encapIps: z.array(z.string().max(64)).max(32).optional().meta({
    description: "The addresses of the node's tunnels.",
  }),
  mtu: z.int().min(68).max(65_535).optional().meta({
    description: "The largest MTU of pods' interfaces on the node in bytes.",
  }),
  agentVersion: z.string().max(64).optional().meta({ description: "The version of the agent that wrote this." }),
  conditions: z
    .array(conditionSchemaOf("Ready: the system id is that of the chassis, so that ports can request it."))
    .max(32)
    .optional()
    .meta({ description: "What the agent found out about the node." }),
  wires: z.array(wireSchema).max(64).optional().meta({
    description: "The physical networks of ProviderNetworks that the node is to be connected to.",
  }),
  taps: z.array(nodeTapStatusSchema).max(maxTapsOfNode).optional().meta({
    description: "What the agent has made of the taps in the spec.",
  }),
});

export type OvnNodeStatus = z.output<typeof ovnNodeStatusSchema>;
