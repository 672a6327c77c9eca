// The ProviderNetwork custom resource (k8s.plugin.opnfv.org/v1alpha1) as one zod schema, from which its CRD is generated
// (provider-network-crd.ts). Nodus' manifests fit as they are.
import * as z from "zod";
import { conditionSchemaOf } from "../crd/condition.ts";
import {
  allowChainsField,
  allowTapsField,
  described,
  mtuForIpv6,
  networkFields,
  networkColumnFields,
  rules,
  selectorSchemaFor,
  networkStatusFields,
  subnetsStay,
} from "../network/network-fields.ts";
import { interfaceNamePattern, physicalNetworkPattern } from "./wire-names.ts";

const interfaceName = () =>
  z.string().regex(interfaceNamePattern).meta({ description: "The name of the network interface on the nodes." });

const nodeSelector = () =>
  z.string().meta({
    description:
      "The nodes that carry the network: all, any (one of them, which stands in the status) or specific (those that have " +
      "all labels of nodeLabelList).",
    ...rules({
      rule: "self.lowerAscii() in ['all', 'any', 'specific']",
      message: "must be all, any or specific",
    }),
  });

const nodeLabelList = () =>
  z
    .array(z.string().max(381))
    .max(32)
    .optional()
    .meta({ description: "Labels of the nodes, written key=value. A node must have all of them." });

const vlanSchema = z.object({
  vlanId: z.union([z.int(), z.string()]).meta({
    description: "The VLAN of the network on the wire, 1 to 4094, as a number or a text.",
    "x-kubernetes-int-or-string": true,
    ...rules({
      rule:
        "type(self) == string ? self.matches('^[1-9][0-9]{0,3}$') && int(self) <= 4094 : " +
        "type(self) == int && self >= 1 && self <= 4094",
      message: "must be a VLAN from 1 to 4094",
    }),
  }),
  vlanNodeSelector: nodeSelector().optional(),
  nodeLabelList: nodeLabelList(),
  providerInterfaceName: interfaceName().optional(),
  logicalInterfaceName: described(
    z.string().max(63).optional(),
    "The name of a VLAN interface in Nodus. It is ignored: OVN itself tags the frames.",
  ),
});

const directSchema = z.object({
  directNodeSelector: nodeSelector().optional(),
  nodeLabelList: nodeLabelList(),
  providerInterfaceName: interfaceName().optional(),
});

const nodeInterfaceSchema = z.object({
  selector: described(selectorSchemaFor("node"), "Selects nodes by their labels."),
  interface: interfaceName(),
});

export const providerNetworkSpecSchema = z
  .object({
    ...networkFields,
    allowedNamespaces: networkFields.allowedNamespaces.meta({
      description:
        "The namespaces whose pods may join: the named ones and those that match. Without the field pods of all " +
        "namespaces may join.",
    }),
    providerNetType: described(
      z.enum(["VLAN", "DIRECT"]),
      "VLAN: the frames of the network carry a tag on the wire. DIRECT: they carry none.",
    ),
    vlan: described(vlanSchema.optional(), "The wire of a network of the type VLAN."),
    direct: described(directSchema.optional(), "The wire of a network of the type DIRECT."),
    physicalNetwork: z
      .string()
      .regex(physicalNetworkPattern)
      .optional()
      .meta({
        description:
          "The name of the wire in ovn-bridge-mappings. ProviderNetworks with one name share one bridge on each node. " +
          "Default: ovn4nfv- and the name of the interface.",
      }),
    nodes: z
      .array(nodeInterfaceSchema)
      .max(64)
      .optional()
      .meta({
        description:
          "Nodes whose interface has a name of its own. The first entry that selects a node counts. The entries select " +
          "nodes besides the node selector of vlan or direct, which may be left out then.",
      }),
    adoptBridge: z.string().regex(interfaceNamePattern).optional().meta({
      description: "A bridge of Open vSwitch that somebody else made on the nodes. Only a mapping is added to it.",
    }),
    allowChains: allowChainsField,
    allowTaps: allowTapsField,
    trunk: z.boolean().optional().meta({
      description: "Frames of the pods keep the VLAN tags that the pods write. Only for DIRECT.",
    }),
    ethtype: z.enum(["802.1q", "802.1ad"]).optional().meta({
      description: "The kind of the tag on the wire, for VLAN. Default: 802.1q.",
    }),
    mtu: z.int().min(576).max(65_535).optional().meta({
      description:
        "MTU of the wire and of the pods' interfaces in bytes. A node that carries less is not ready. Default: 1500.",
    }),
  })
  .meta(
    rules(...subnetsStay, mtuForIpv6, {
      rule: "self.providerNetType != 'VLAN' || has(self.vlan)",
      message: "a network of the type VLAN needs the field vlan",
    }),
  );

const conditionSchema = conditionSchemaOf(
  "Ready: pods can join. NodesReady: every node that is to carry the network does. AddressesInRange: no pod holds an " +
    "address that the network would not hand out now. AddressesFree: every family has a free address. RoutesComplete: no pod " +
    "is older than a subnet. RouterPort: the port of the router is there that chains have here.",
);

const columnsSchema = z.object({
  ...networkColumnFields,
  vlan: described(z.string().optional(), "The tag on the wire: a VLAN, none or trunk."),
  nodes: described(z.string().optional(), "The number of nodes that carry the network, of those that are to carry it."),
});

const nodeStatusSchema = z.object({
  name: described(z.string(), "The name of the node."),
  interface: described(z.string().optional(), "The interface that is to carry the network there."),
  ready: described(z.boolean(), "Whether the node carries the network."),
  reason: described(z.string(), "The reason in one word."),
  message: described(z.string().optional(), "The reason in a sentence."),
});

const uplinkOnNetworkSchema = z.object({
  name: described(z.string(), "The name of the Uplink."),
  addresses: described(z.array(z.string()), "The addresses of its gateway, which no pod gets."),
});

export const providerNetworkStatusSchema = z.object({
  ...networkStatusFields("providernetworks", conditionSchema, columnsSchema),
  physicalNetwork: described(z.string().optional(), "The name of the wire in ovn-bridge-mappings."),
  routerAddresses: z
    .array(z.string())
    .optional()
    .meta({
      description:
        "The addresses of the router while a NetworkChaining begins or ends here: the next hops of hosts outside to the other " +
        "end of the chain.",
    }),
  gatewayChassis: z.array(z.string()).optional().meta({
    description:
      "The chassis that may carry the port of the router, best first: those of nodes that carry the network.",
  }),
  chosenNode: described(z.string().optional(), "The node that was chosen for the node selector any."),
  nodes: described(
    z.array(nodeStatusSchema).optional(),
    "The nodes that are to carry the network, the first 64 by name with those that are not ready before others.",
  ),
  uplinks: described(
    z.array(uplinkOnNetworkSchema).optional(),
    "The Uplinks whose gateway has a port on the switch of the network, by name.",
  ),
});

export type ProviderNetworkSpec = z.output<typeof providerNetworkSpecSchema>;
export type ProviderNetworkStatus = z.output<typeof providerNetworkStatusSchema>;
