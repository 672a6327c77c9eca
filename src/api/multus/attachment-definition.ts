import { z } from "zod";

/** The setting of a NetworkAttachmentDefinition of our plugin. */
export interface OwnDefinition {
  /** `nfn-network`; undefined when the plugin wires all interfaces of the pod in one call. */
  readonly network: string | undefined;
  /** True when the definition is for guests, which get their addresses by DHCP. */
  readonly dhcp?: true | undefined;
  /** The `name` of the configuration, which IPAMClaims name in `spec.network`. Undefined when nobody read it. */
  readonly configName?: string | undefined;
  /** `allowPersistentIPs`: whether selections may name IPAMClaims. Undefined when it says nothing. */
  readonly allowsClaims?: boolean | undefined;
}

/** The definitions of our plugin among those that a pod selects, by `definitionKey` (multus-selection.ts). */
export type OwnDefinitions = ReadonlyMap<string, OwnDefinition>;

/** Names of executables that are our shim: its own name, and the name in definitions that were made for Nodus. */
const pluginTypes: ReadonlySet<string> = new Set(["ovn4nfv-cni", "ovn4nfvk8s-cni"]);

const named = z.object({ name: z.string().nullish(), allowPersistentIPs: z.boolean().nullish() });
const plugin = named.extend({ type: z.string(), "nfn-network": z.string().nullish(), dhcp: z.unknown().optional() });
const listOfPlugins = named.extend({ plugins: z.array(z.unknown()) });

/**
 * Reads `spec.config` of a definition, a network configuration or a list of them. Undefined when our plugin is not in
 * it, and also when nobody can read it: then Multus reports the fault.
 */
export function readOwnDefinition(config: unknown): OwnDefinition | undefined {
  const document = readJson(config);
  const list = listOfPlugins.safeParse(document);
  for (const element of list.success ? list.data.plugins : [document]) {
    const own = plugin.safeParse(element);
    if (!own.success || !pluginTypes.has(own.data.type)) continue;
    const { name, allowPersistentIPs, "nfn-network": network, dhcp } = own.data;
    const configName = (list.success ? list.data.name : undefined) ?? name;
    const allowsClaims = allowPersistentIPs ?? (list.success ? list.data.allowPersistentIPs : undefined);
    return {
      network: network || undefined,
      ...(isTrue(dhcp) ? { dhcp: true } : {}),
      ...(configName ? { configName } : {}),
      ...(typeof allowsClaims === "boolean" ? { allowsClaims } : {}),
    };
  }
  return undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function readJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
