import { type IpRange, printRange } from "#src/net/range.ts";
import { externalId, type ExternalIdName } from "../external-ids.ts";
import { type AllowedNamespaces, allowedSettings } from "./network-rows.ts";

/** The floating addresses of an Uplink with every default filled in, as they are written on the row of its gateway. */
export interface FloatingSettings {
  readonly ranges: readonly IpRange[];
  readonly allowed: Exclude<AllowedNamespaces, "inherited">;
  readonly limitPerNamespace: number | undefined;
}

interface OwnUplink {
  readonly name: string;
  readonly outside: { readonly kind: "provider" | "physical"; readonly name: string };
  readonly floating: FloatingSettings | undefined;
}

/** Our keys on the row of an Uplink's gateway, from which those who allocate read what it hands out. */
export function gatewaySettings({ name, outside, floating }: OwnUplink): Readonly<Record<string, string>> {
  return {
    [externalId("uplink")]: name,
    ...(outside.kind === "provider" ? { [externalId("provider-network")]: outside.name } : {}),
    ...(floating === undefined ? {} : poolSettings(floating)),
  };
}

function poolSettings({ ranges, allowed, limitPerNamespace }: FloatingSettings): Readonly<Record<string, string>> {
  const named = Object.entries(allowedSettings(allowed)).map(([key, value]): readonly [string, string] => {
    return [externalId(key as ExternalIdName), value];
  });
  return {
    [externalId("floating-addresses")]: ranges.map(printRange).join(" "),
    ...Object.fromEntries(named),
    ...(limitPerNamespace === undefined ? {} : { [externalId("floating-limit")]: limitPerNamespace.toString() }),
  };
}
