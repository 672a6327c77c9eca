import { interfaceOnNode } from "#src/api/provider-network/node-interface.ts";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { isNodusPhysicalNetwork } from "#src/api/provider-network/wire-names.ts";
import { compareAge } from "#src/kube/client/object-life.ts";

/** The way to a wire on a node: an interface that is put on a bridge of ours, or a bridge of somebody else. */
export interface WireEntry {
  readonly kind: "interface" | "bridge";
  readonly name: string;
}

/** A ProviderNetwork, as far as it asks something of the wire on this node. */
export interface WiredNetwork {
  /** The name of the object with its namespace. */
  readonly name: string;
  readonly physicalNetwork: string;
  readonly entry: WireEntry;
  /** True when the mapping of the physical network may be one that was made by hand. */
  readonly takesHandMade: boolean;
  /** False for frames that leave without a tag of OVN. */
  readonly isTagged: boolean;
  /** True when frames may carry a second tag. */
  readonly hasDoubleTags: boolean;
  readonly mtu: number;
}

/** The needs of the cluster that concern the wires of this node. */
export interface WireNeeds {
  /** The networks that the node is to carry, the older first. */
  readonly networks: readonly WiredNetwork[];
  /** The physical networks that pods of the node use. */
  readonly used: ReadonlySet<string>;
}

/** A ProviderNetwork as the agent keeps it: spec and metadata, and the node that the controller chose for `any`. */
export interface WireObject {
  readonly object: object;
  readonly key: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: string;
  readonly chosenNode: string | undefined;
}

/** Is called for an object that cannot be read, which is left out. */
type OnFault = (key: string, error: unknown) => void;

/**
 * Says what a node needs: its networks, the older first, and which wires its pods use, by the names of their networks. An object
 * that is being deleted counts until it is gone, because its controller keeps it for as long as it has ports.
 */
export function wireNeeds(
  objects: Iterable<WireObject>,
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
  networksOfPods: ReadonlySet<string>,
  onFault: OnFault,
): WireNeeds {
  const networks: WiredNetwork[] = [];
  const used = new Set<string>();
  for (const { object, key, name, chosenNode } of [...objects].sort(compareAge)) {
    const config = readOr(object, key, onFault);
    if (config === undefined) continue;
    const { physicalNetwork, tag, ethtype, mtu } = config;
    if (networksOfPods.has(name)) used.add(physicalNetwork);
    const entry = interfaceOnNode(config, node, chosenNode);
    if (entry === undefined) continue;
    const takesHandMade = isNodusPhysicalNetwork(physicalNetwork);
    const frames = { isTagged: tag !== undefined, hasDoubleTags: ethtype === "802.1ad", mtu };
    networks.push({ name: key, physicalNetwork, entry, takesHandMade, ...frames });
  }
  return { networks, used };
}

function readOr(object: object, key: string, onFault: OnFault) {
  try {
    return parseProviderNetwork(object);
  } catch (error) {
    onFault(key, error);
    return undefined;
  }
}
