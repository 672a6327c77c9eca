// The OvnNode custom resource (k8s.plugin.opnfv.org/v1alpha1): what the agent of a node tells about the node, in an object
// that has the node's name. Its CRD is generated from this schema (ovn-node-crd.ts).
import { z } from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";

/** OVN reads a comma in `requested-chassis` as a list, so that an id with other characters than these is not published. */
export const systemIdPattern = /^[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$/;

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
});

export type OvnNodeStatus = z.output<typeof ovnNodeStatusSchema>;
