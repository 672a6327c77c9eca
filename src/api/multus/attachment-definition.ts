import * as z from "zod";

/** The setting of a NetworkAttachmentDefinition of our plugin. */
export interface OwnDefinition {
  /** `nfn-network`; undefined when the plugin wires all interfaces of the pod in one call. */
  readonly network: string | undefined;
  /** True when the definition is for guests, which get their addresses by DHCP. */
  readonly dhcp?: true | undefined;
  /** The `name` of the configuration, which IPAMClaims name in `spec.network`. Undefined when nobody read it. */
  readonly configName?: string | undefined;
  /** `allowPersistentIPs`: whether selections may name IPAMClaims. Undefined when it says nothing, or nothing that can be read. */
  readonly allowsClaims?: boolean | undefined;
  /** `allowPersistentIPs` as JSON where it is neither true nor false. */
  readonly oddClaimSetting?: string | undefined;
}

/** The definitions of our plugin among those that a pod selects, by `definitionKey` (multus-selection.ts). */
export type OwnDefinitions = ReadonlyMap<string, OwnDefinition>;

/** Names of executables that are our shim: its own name, and the name in definitions that were made for Nodus. */
const pluginTypes: ReadonlySet<string> = new Set(["ovn4nfv-cni", "ovn4nfvk8s-cni"]);

// Only `type` says whose a definition is. A value of ours that nobody can read does not make it another plugin's.
const named = z.object({ name: z.unknown().optional(), allowPersistentIPs: z.unknown().optional() });
const plugin = named.extend({ type: z.string(), "nfn-network": z.unknown().optional(), dhcp: z.unknown().optional() });
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
    const configName = (list.success ? textOf(list.data.name) : undefined) ?? textOf(name);
    const claims = allowPersistentIPs ?? (list.success ? list.data.allowPersistentIPs : undefined) ?? undefined;
    const allowsClaims = isTrue(claims) || (isFalse(claims) ? false : undefined);
    return {
      network: textOf(network),
      ...(isTrue(dhcp) ? { dhcp: true } : {}),
      ...(configName === undefined ? {} : { configName }),
      ...(allowsClaims === undefined ? {} : { allowsClaims }),
      ...(claims !== undefined && allowsClaims === undefined ? { oddClaimSetting: JSON.stringify(claims) } : {}),
    };
  }
  return undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function isFalse(value: unknown): boolean {
  return value === false || value === "false";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
