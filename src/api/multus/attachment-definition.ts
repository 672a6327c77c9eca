import { z } from "zod";

/** What a NetworkAttachmentDefinition of our plugin says. */
export interface OwnDefinition {
  /** `nfn-network`; undefined: the plugin wires all interfaces of the pod in one call. */
  readonly network: string | undefined;
}

/** The definitions of our plugin among those that a pod selects, by `definitionKey` (multus-selection.ts). */
export type OwnDefinitions = ReadonlyMap<string, OwnDefinition>;

/** Executables that are our shim: its own name, and the one that definitions made for Nodus have. */
const pluginTypes: ReadonlySet<string> = new Set(["ovn4nfv-cni", "ovn4nfvk8s-cni"]);

const plugin = z.object({ type: z.string(), "nfn-network": z.string().nullish() });
const listOfPlugins = z.object({ plugins: z.array(z.unknown()) });

/**
 * Reads `spec.config` of a definition, a network configuration or a list of them. Undefined when our plugin is not in it,
 * which is also said of what nobody can read: Multus will tell.
 */
export function readOwnDefinition(config: unknown): OwnDefinition | undefined {
  const document = readJson(config);
  const list = listOfPlugins.safeParse(document);
  for (const element of list.success ? list.data.plugins : [document]) {
    const own = plugin.safeParse(element);
    if (own.success && pluginTypes.has(own.data.type)) return { network: own.data["nfn-network"] || undefined };
  }
  return undefined;
}

function readJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
