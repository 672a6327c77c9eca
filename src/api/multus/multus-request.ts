import type { RefusalDetails } from "#src/core/error-details.ts";
import { isRefusal, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { annotationKeys } from "../annotation-keys.ts";
import { refuseSecondDefaultGateway, refuseSharedAddresses } from "../request/exclusive-settings.ts";
import { bandwidthOfSelection } from "../request/bandwidth.ts";
import { keyOf } from "../text/field-place.ts";
import { parseInterfaceName } from "../request/interface-names.ts";
import { type InterfaceRequest, parseRequestedMac } from "../request/interface-request.ts";
import {
  besideClaim,
  type ClaimReference,
  parseClaimReference,
  refuseSharedClaims,
} from "../request/claim-reference.ts";
import { refuseClashing } from "../request/clashing-settings.ts";
import { parseReplicaSettings, replicaSchema, type ReplicaSettings } from "../request/replica-settings.ts";
import { besideOrdinalAddresses, besideSticky } from "../request/sticky-interface.ts";
import { objectFields } from "../text/object-fields.ts";
import type { OwnDefinition } from "./attachment-definition.ts";
import type { MultusCall } from "./multus-calls.ts";
import { definitionKey, type MultusSelection } from "./multus-selection.ts";
import { readGuestMark, refuseRouteOfGuest } from "./guest-selection.ts";
import { parsePoolReference, type PoolReference } from "../request/pool-reference.ts";
import { parseAddresses, parseGateways } from "../request/requested-address.ts";

/**
 * The interfaces that a pod without a request asks for by selecting our definitions: one for each selection. Throws
 * `SelectionInvalid` for a definition that names no network, and what `parseRequest` throws.
 */
export function requestOfCalls(calls: readonly MultusCall[]): readonly InterfaceRequest[] {
  const refusals = new Refusals();
  const interfaces = refusals.map(calls, interfaceOf);
  refusals.throwAll();
  refuseSharedAddresses(interfaces);
  refuseSharedClaims(interfaces);
  refuseSecondDefaultGateway(
    interfaces.map(({ field, defaultGateway, gateways }) => ({
      field,
      defaultGateway,
      families: gateways.map(({ family }) => family),
    })),
  );
  return interfaces;
}

function interfaceOf({ selection, definition, network, interfaceName, dhcp }: MultusCall): InterfaceRequest {
  const { field, ips, mac, defaultRoute, bandwidth } = selection;
  if (network === undefined) {
    throw refusal("SelectionInvalid", {
      field,
      value: definitionKey(selection),
      reason: "is a definition without nfn-network, so that it does not tell which network the pod is to join",
      remedy: `name the networks in ${annotationKeys.request.key}, or select definitions that name one`,
    });
  }
  const addresses = parseAddresses(ips, keyOf(field, "ips"));
  const isGuest = readGuestMark(selection) ?? dhcp === true;
  if (isGuest) refuseRouteOfGuest(selection);
  const claim = claimOfSelection(selection, definition);
  const pool = poolOfSelection(selection);
  if (claim !== undefined && ips.length > 0) throw besideClaim(keyOf(field, "ips"), ips.join());
  const replica = replicaOfSelection(selection, definition);
  return {
    field,
    network,
    interfaceName: parseInterfaceName(interfaceName, keyOf(field, "interface")),
    addresses,
    mac: mac === undefined ? undefined : parseRequestedMac(mac, keyOf(field, "mac")),
    defaultGateway: defaultRoute.length > 0,
    gateways: parseGateways(defaultRoute, keyOf(field, "default-route"), addresses),
    routes: [],
    bandwidth: bandwidthOfSelection(bandwidth, keyOf(field, "bandwidth")),
    ...(isGuest ? { isGuest } : {}),
    ...(pool === undefined ? {} : { pool }),
    ...(claim === undefined ? {} : { claim }),
    ...replica,
  };
}

function poolOfSelection({ field, pool }: MultusSelection): PoolReference | undefined {
  const at = keyOf(field, "cni-args.pool");
  if (pool === undefined || typeof pool === "string")
    return pool === undefined ? undefined : parsePoolReference(pool, at);
  throw refusal("SelectionInvalid", {
    field: at,
    value: pool,
    reason: "is no text",
    remedy: 'write the name of a pool of the network, as "cni-args": {"pool": "front"}, or leave it out',
  });
}

/** The claim of a selection, which says the `name` of the definition's configuration in `spec.network`. */
function claimOfSelection(
  { field, name, claim }: MultusSelection,
  definition: OwnDefinition,
): ClaimReference | undefined {
  if (claim === undefined) return undefined;
  const at = keyOf(field, "ipam-claim-reference");
  refuseClosed(definition, { field: at, value: claim, asks: "names a claim" });
  return parseClaimReference(claim, at, definition.configName ?? name);
}

/** The settings for replicas in `cni-args`. */
function replicaOfSelection(
  { field, name, ips, claim, replica }: MultusSelection,
  definition: OwnDefinition,
): ReplicaSettings {
  if (replica === undefined) return {};
  const { fields, fieldOf } = objectFields(replicaSchema, replica, keyOf(field, "cni-args"), []);
  const settings = parseReplicaSettings(fields, fieldOf, definition.configName ?? name);
  const { sticky, ordinalAddresses } = settings;
  if (sticky !== undefined) refuseClosed(definition, { field: sticky.field, value: true, asks: "asks for a claim" });
  const refusals = new Refusals();
  const beside = { ...(claim === undefined ? {} : { claim }), ...(ips.length === 0 ? {} : { ipAddress: ips.join() }) };
  const placeOf = (key: keyof typeof beside) => keyOf(field, key === "claim" ? "ipam-claim-reference" : "ips");
  if (sticky !== undefined) refuseClashing(besideSticky, beside, placeOf, refusals);
  if (ordinalAddresses !== undefined) refuseClashing(besideOrdinalAddresses, beside, placeOf, refusals);
  refusals.throwAll();
  return settings;
}

interface ClaimingSetting {
  readonly field: string;
  readonly value: unknown;
  /** The verb and object of the refusal. */
  readonly asks: string;
}

/** Throws `SelectionInvalid` for a selection with a claim of a definition that allows none. */
function refuseClosed(
  { allowsClaims = true, oddClaimSetting }: OwnDefinition,
  { field, value, asks }: ClaimingSetting,
): void {
  if (oddClaimSetting !== undefined) {
    throw refusal("SelectionInvalid", {
      field,
      value,
      reason: `${asks}, and allowPersistentIPs of the definition is ${oddClaimSetting}`,
      remedy: "write true or false there",
    });
  }
  if (allowsClaims) return;
  throw refusal("SelectionInvalid", {
    field,
    value,
    reason: `${asks}, and the definition says allowPersistentIPs: false`,
    remedy: "leave it out, or select a definition that allows claims",
  });
}

/** Throws `SelectionInvalid` when a pod has a request, and a selection asks for something that belongs into it. */
export function refuseSettingsBesideRequest(selections: readonly MultusSelection[]): void {
  for (const { field, ips, mac, defaultRoute, bandwidth, dhcp, pool, claim, replica } of selections) {
    const [[setting, wanted] = ["", undefined]] = Object.entries(replica ?? {});
    const given = [
      ["ips", ips[0], "ipAddress"],
      ["mac", mac, "macAddress"],
      ["default-route", defaultRoute[0], "defaultGateway"],
      ["bandwidth", bandwidth, "bandwidth"],
      ["cni-args.dhcp", dhcp, "dhcp"],
      ["cni-args.pool", pool, "pool"],
      ["ipam-claim-reference", claim, "claim"],
      [`cni-args.${setting}`, wanted, setting],
    ] as const;
    for (const [name, value, inRequest] of given) {
      if (value === undefined) continue;
      throw refusal("SelectionInvalid", {
        field: keyOf(field, name),
        value,
        reason: `has no effect beside ${annotationKeys.request.key}`,
        remedy: `write ${inRequest} there`,
      });
    }
  }
}

/** Fields of the request, with the word for the same thing in a Multus selection. */
const terms: ReadonlyMap<string, string> = new Map([
  ["ipAddress", "ips"],
  ["macAddress", "mac"],
  ["gwipaddress", "default-route"],
  ["defaultGateway", "default-route"],
  ["dhcp", "dhcp in cni-args"],
]);

const words = new RegExp(`\\b(?:an? )?(${[...terms.keys()].join("|")})\\b`, "g");

/**
 * Puts a refusal about a selection into the words of the annotation that the user wrote; leaves other errors as they
 * are.
 */
export function inMultusTerms(error: unknown): unknown {
  if (!isRefusal(error)) return error;
  const { others } = error.details;
  const told = others?.map(({ code, details }) => ({ code, details: translated(details) }));
  const details = { ...translated(error.details), ...(told === undefined ? {} : { others: told }) };
  return refusal(error.code, details, error.cause);
}

function translated(details: RefusalDetails): RefusalDetails {
  if (!details.field.startsWith(annotationKeys.multusNetworks.key)) return details;
  const translate = (text: string): string =>
    text.replace(words, (written, word: string) => terms.get(word) ?? written);
  const field = translate(details.field).replace(/\.name$/, ".name (nfn-network of its definition)");
  return { ...details, field, remedy: translate(details.remedy) };
}
