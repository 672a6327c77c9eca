// A MultiNetworkPolicy (k8s.cni.cncf.io v1beta1 and v1beta2): the CRD of the Network Plumbing Working Group, of which others
// install versions of their own, so that nothing is taken for granted here that the CRD says.
import * as z from "zod";
import { selectorSchemaFor } from "../network/network-fields.ts";

const podSelector = selectorSchemaFor("pod");
const namespaceSelector = selectorSchemaFor("namespace");

const portSchema = z.object({
  protocol: z.enum(["TCP", "UDP", "SCTP"]).nullish(),
  port: z.union([z.number().int().min(1).max(65_535), z.string().min(1).max(63)]).nullish(),
  endPort: z.number().int().min(1).max(65_535).nullish(),
});

const peerSchema = z.object({
  podSelector: podSelector.nullish(),
  namespaceSelector: namespaceSelector.nullish(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).nullish() }).nullish(),
});

const peersSchema = z.array(peerSchema).nullish();
const portsSchema = z.array(portSchema).nullish();

export const policySpecSchema = z.object({
  podSelector,
  policyTypes: z.array(z.enum(["Ingress", "Egress"])).nullish(),
  ingress: z.array(z.object({ ports: portsSchema, from: peersSchema })).nullish(),
  egress: z.array(z.object({ ports: portsSchema, to: peersSchema })).nullish(),
});

/** The part that says which pods are isolated in which directions. It is read where the rules cannot be. */
export const policyScopeSchema = z.object({
  podSelector,
  policyTypes: z.unknown().optional(),
  egress: z.unknown().optional(),
});

export type PolicySpec = z.output<typeof policySpecSchema>;
export type PolicyPeer = z.output<typeof peerSchema>;
export type PolicyPort = z.output<typeof portSchema>;
