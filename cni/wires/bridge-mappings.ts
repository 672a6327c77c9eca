// The setting `ovn-bridge-mappings` of ovn-controller(8): one text for which everybody on the node has entries.

/** The bridge through which OVN reaches a physical network. */
export interface BridgeMapping {
  readonly physicalNetwork: string;
  readonly bridge: string;
}

/** Reads `physical network:bridge,...`. Elements that are no mapping are left out. */
export function parseMappings(text: string | undefined): readonly BridgeMapping[] {
  return elementsOf(text).flatMap((element) => {
    const at = element.indexOf(":");
    const [physicalNetwork, bridge] = [element.slice(0, at), element.slice(at + 1)];
    return at <= 0 || bridge === "" ? [] : [{ physicalNetwork, bridge }];
  });
}

export function printMappings(mappings: readonly BridgeMapping[]): string {
  return mappings.map(printMapping).join(",");
}

/** The text without some mappings and with others. Everything else in it stays as it was written. */
export function changeMappings(
  text: string | undefined,
  removed: readonly BridgeMapping[],
  added: readonly BridgeMapping[],
): string {
  const gone = new Set(removed.map(printMapping));
  const kept = elementsOf(text).filter((element) => !gone.has(element));
  return [...kept, ...added.map(printMapping).filter((element) => !kept.includes(element))].join(",");
}

/** The mappings of the first list that are in the second one, too. */
export function mappingsIn(
  mappings: readonly BridgeMapping[],
  others: readonly BridgeMapping[],
): readonly BridgeMapping[] {
  return mappings.filter((mapping) => hasMapping(others, mapping));
}

/** The mappings of the first list that are not in the second one. */
export function mappingsOutside(
  mappings: readonly BridgeMapping[],
  others: readonly BridgeMapping[],
): readonly BridgeMapping[] {
  return mappings.filter((mapping) => !hasMapping(others, mapping));
}

function hasMapping(all: readonly BridgeMapping[], { physicalNetwork, bridge }: BridgeMapping): boolean {
  return all.some((one) => one.physicalNetwork === physicalNetwork && one.bridge === bridge);
}

function printMapping({ physicalNetwork, bridge }: BridgeMapping): string {
  return `${physicalNetwork}:${bridge}`;
}

function elementsOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").flatMap((element) => element.trim() || []);
}
