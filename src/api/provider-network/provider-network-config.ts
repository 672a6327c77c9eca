import * as z from "zod";
import { firstIssue } from "../crd/first-issue.ts";
import { malformedIn } from "../crd/malformed-field.ts";
import { namespacedMetadata } from "../crd/parse-object.ts";
import { type Addressing, namesOr, readAddressing } from "../network/addressing.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import { type ProviderNetworkSpec, providerNetworkSpecSchema } from "./provider-network-schema.ts";
import { defaultPhysicalNetwork, isNodusPhysicalNetwork } from "./wire-names.ts";

/** The nodes that Nodus' fields select. `any` is one node, which the controller chooses. */
export type SelectedNodes =
  | { readonly kind: "all" | "any" | "none" }
  | { readonly kind: "labels"; readonly labels: Readonly<Record<string, string>> };

/** A ProviderNetwork as a plain value: every default filled in. */
export interface ProviderNetworkConfig extends Addressing {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The VLAN on the wire; undefined for frames without a tag of ours. */
  readonly tag: number | undefined;
  /** The namespaces whose chains may begin or end here. */
  readonly allowChains: readonly string[];
  /** The namespaces whose taps may look at the network. */
  readonly allowTaps: readonly string[];
  /** True when frames keep the tags that pods write. */
  readonly trunk: boolean;
  readonly ethtype: "802.1q" | "802.1ad";
  readonly mtu: number;
  readonly physicalNetwork: string;
  /** The bridge of somebody else that leads to the wire. */
  readonly adoptBridge: string | undefined;
  /** The interface on nodes that no entry of `nodes` selects. */
  readonly interface: string | undefined;
  readonly selected: SelectedNodes;
  readonly nodes: readonly { readonly selector: LabelSelector; readonly interface: string }[];
  /** Fields of Nodus that have no effect, in sentences for whoever applies the object. */
  readonly warnings: readonly string[];
}

const objectSchema = z.object({
  metadata: namespacedMetadata,
  spec: providerNetworkSpecSchema,
});

/** The MTU of a wire that does not say another one. It is not the overlay's, which is smaller. */
const wireMtu = 1500;
const greatestVlan = 4094;

const malformed = malformedIn("providernetwork");

/** Reads a ProviderNetwork; throws `Malformed`, `AddressOutOfRange` or `RouteInvalid` with the field that is wrong. */
export function parseProviderNetwork(object: unknown): ProviderNetworkConfig {
  const parsed = objectSchema.safeParse(object);
  if (!parsed.success) {
    const { path, field, ...fault } = firstIssue(parsed.error);
    const reason =
      path.at(-1) === "interface" || /InterfaceName$|Bridge$/.test(String(path.at(-1)))
        ? "is no name of an interface: 1 to 15 letters, digits, dots, dashes and underscores, the first and last a letter or digit"
        : fault.reason;
    throw malformed(field, path.length === 0 ? undefined : valueAt(object, path), reason);
  }
  const { metadata, spec } = parsed.data;
  const { adoptBridge, nodes = [], trunk = false, mtu = wireMtu } = spec;
  const block = spec.providerNetType === "VLAN" ? "vlan" : "direct";
  const tag = readTag(spec);
  refuseContradictions(spec);
  const wire = spec[block];
  const own = adoptBridge === undefined ? wire?.providerInterfaceName : undefined;
  const first = adoptBridge ?? own ?? nodes[0]?.interface;
  if (first === undefined) {
    throw malformed(
      `spec.${block}.providerInterfaceName`,
      undefined,
      "is missing, and neither nodes nor adoptBridge is there",
    );
  }
  const physicalNetwork = spec.physicalNetwork ?? defaultPhysicalNetwork(first);
  return {
    ...metadata,
    ...readAddressing({ ...spec, mtu }, { singular: "providernetwork", routed: false, admits: "*" }),
    tag,
    allowChains: namesOr(metadata.namespace, spec.allowChains),
    allowTaps: namesOr(metadata.namespace, spec.allowTaps),
    trunk,
    ethtype: spec.ethtype ?? "802.1q",
    mtu,
    physicalNetwork,
    adoptBridge,
    interface: own,
    selected: readSelected(spec),
    nodes,
    warnings:
      spec.vlan?.logicalInterfaceName === undefined
        ? []
        : ["spec.vlan.logicalInterfaceName is ignored: OVN tags the frames, so that no VLAN interface is made"],
  };
}

function readTag({ providerNetType, vlan }: ProviderNetworkSpec): number | undefined {
  if (providerNetType === "DIRECT") {
    if (vlan !== undefined) throw malformed("spec.vlan", undefined, "is there, and spec.providerNetType is DIRECT");
    return undefined;
  }
  if (vlan === undefined) throw malformed("spec.vlan", undefined, "is missing, and spec.providerNetType is VLAN");
  const { vlanId } = vlan;
  const tag = typeof vlanId === "number" || /^[1-9][0-9]*$/.test(vlanId) ? Number(vlanId) : 0;
  if (tag >= 1 && tag <= greatestVlan) return tag;
  throw malformed("spec.vlan.vlanId", vlanId, `is no VLAN from 1 to ${greatestVlan.toString()}`);
}

function refuseContradictions(spec: ProviderNetworkSpec): void {
  const { providerNetType, direct, trunk, ethtype, physicalNetwork } = spec;
  if (providerNetType === "VLAN") {
    if (direct !== undefined) throw malformed("spec.direct", undefined, "is there, and spec.providerNetType is VLAN");
    if (trunk === true) {
      throw malformed("spec.trunk", trunk, "cannot go together with a VLAN: a trunk is a network of the type DIRECT");
    }
    if (physicalNetwork !== undefined && isNodusPhysicalNetwork(physicalNetwork)) {
      throw malformed(
        "spec.physicalNetwork",
        physicalNetwork,
        "has the name of a mapping that Nodus made, whose bridge tags the frames already, so that they would be tagged twice: " +
          "remove Nodus' bridge and its VLAN interface, and leave the field out",
      );
    }
  } else if (ethtype !== undefined) {
    throw malformed("spec.ethtype", ethtype, "is the kind of a tag, which a network of the type DIRECT has not");
  }
}

function readSelected({ providerNetType, vlan, direct, nodes = [] }: ProviderNetworkSpec): SelectedNodes {
  const isVlan = providerNetType === "VLAN";
  const field = isVlan ? "spec.vlan.vlanNodeSelector" : "spec.direct.directNodeSelector";
  const written = isVlan ? vlan?.vlanNodeSelector : direct?.directNodeSelector;
  const list = (isVlan ? vlan?.nodeLabelList : direct?.nodeLabelList) ?? [];
  const kind = written?.toLowerCase() ?? (list.length > 0 ? "specific" : nodes.length > 0 ? "none" : "all");
  if (kind === "all" || kind === "any" || kind === "none") return { kind };
  if (kind !== "specific") throw malformed(field, written, "is none of all, any and specific");
  const place = `${field.slice(0, field.lastIndexOf("."))}.nodeLabelList`;
  if (list.length === 0) throw malformed(place, undefined, "is empty, so that specific selects no node");
  const pairs = list.map((text, index) => {
    const at = text.indexOf("=");
    if (at <= 0) throw malformed(`${place}[${index}]`, text, "is not written key=value");
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()] as const;
  });
  return { kind: "labels", labels: Object.fromEntries(pairs) };
}

function valueAt(object: unknown, path: readonly PropertyKey[]): unknown {
  let value = object;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}
