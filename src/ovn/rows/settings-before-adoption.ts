// The keys of ours that the maker of a switch wrote. A Network that adopts the switch puts its own in their place, and they
// come back when it goes.
import * as z from "zod";
import { externalId, type ExternalIdName } from "../external-ids.ts";
import type { AllowedNamespaces } from "./network-rows.ts";

type Keys = ReadonlyMap<string, string>;
type Saved = Readonly<Record<string, string | null>>;

const allowedKeys = ["allowed-namespaces", "namespace-selector"] as const;
const prefix = externalId("owner").slice(0, -"owner".length);
/** Keys with our prefix that are no settings of the network. */
const others: ReadonlySet<string> = new Set(
  (["adopted-by", "before-adoption", "adoptable-by"] as const).map((name) => externalId(name)),
);

const savedSchema = z.record(z.string(), z.string().nullable());

/** The settings that the maker wrote. A row that was adopted by a version without this key has lost them. */
function savedOf(ids: Keys): Saved {
  const text = ids.get(externalId("before-adoption"));
  if (text !== undefined) return savedSchema.safeParse(parseJson(text)).data ?? {};
  if (ids.has(externalId("adopted-by"))) return {};
  const own = [...ids].filter(([key]) => key.startsWith(prefix) && !others.has(key));
  const settings = own.map(([key, value]) => [key.slice(prefix.length), value] as const);
  return Object.fromEntries(settings.filter(([name]) => !allowedKeys.includes(name as "allowed-namespaces")));
}

/**
 * Gives the keys to write beside the settings of the Network: the maker's, saved, and the namespaces that the maker admits
 * where they are inherited. Inherited keys stay the maker's own, who may change them at any time.
 */
export function adoptionKeys(ids: Keys, allowed: AllowedNamespaces): Readonly<Record<string, string>> {
  const saved = savedOf(ids);
  const makers = Object.fromEntries(allowedKeys.map((name) => [name, makersValue(ids, saved, name)]));
  const settings = Object.fromEntries(Object.entries(saved).filter(([name]) => !(name in makers)));
  const isInherited = allowed === "inherited";
  const text = JSON.stringify(isInherited ? settings : { ...settings, ...makers });
  return { ...(isInherited ? present(makers) : {}), [externalId("before-adoption")]: text };
}

/** Gives the keys that the switch has when no Network adopts it any more: exactly those of its maker. */
export function keysBeforeAdoption(ids: Keys): Readonly<Record<string, string>> {
  const saved = savedOf(ids);
  // Without a word about them they were inherited, and those on the switch are the maker's.
  const isInherited = ids.has(externalId("before-adoption")) && !("allowed-namespaces" in saved);
  const inherited = allowedKeys.map((name) => [name, ids.get(externalId(name)) ?? null] as const);
  return present(isInherited ? { ...saved, ...Object.fromEntries(inherited) } : saved);
}

/** The namespaces that the maker admits, when the Network would admit others as well; undefined when it would not. */
export function widenedBeyond(ids: Keys, allowed: AllowedNamespaces): string | undefined {
  if (allowed === "inherited") return undefined;
  const saved = savedOf(ids);
  const text = makersValue(ids, saved, "allowed-namespaces");
  const selector = makersValue(ids, saved, "namespace-selector");
  // A maker who consents to adoption and names nobody leaves it to the Network.
  if (text === null && selector === null) return undefined;
  if (selector !== null) return `those that match ${selector}`;
  const names = (text ?? "").split(/[\s,]+/).filter((name) => name !== "");
  if (names.includes("*")) return undefined;
  const isWithin =
    allowed !== "*" && allowed.selector === undefined && allowed.names.every((one) => names.includes(one));
  return isWithin ? undefined : names.join(", ") || "none";
}

/** The maker's value of a key: the saved one when a Network wrote its own, else the one on the switch. */
function makersValue(ids: Keys, saved: Saved, name: ExternalIdName): string | null {
  if (name in saved) return saved[name] ?? null;
  // A Network of a version without this key has written here what the maker did not.
  const isLost = ids.has(externalId("adopted-by")) && !ids.has(externalId("before-adoption"));
  return isLost ? null : (ids.get(externalId(name)) ?? null);
}

function present(saved: Saved): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(saved).flatMap(([name, value]) =>
      value === null ? [] : [[externalId(name as ExternalIdName), value] as const],
    ),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
