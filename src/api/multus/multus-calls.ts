// Foresees the calls that Multus makes to our plugin for a pod, and checks that they wire each interface once.
import { refusal } from "#src/core/errors.ts";
import type { OwnDefinition, OwnDefinitions } from "./attachment-definition.ts";
import { keyOf } from "../text/field-place.ts";
import { definitionKey, foreignInterfaceNames, type MultusSelection } from "./multus-selection.ts";

/** The part of a CNI call that decides which of the pod's interfaces it wires. */
export interface AttachmentChoice {
  /** `nfn-network` of the configuration; undefined when the call is for all interfaces of the pod. */
  readonly network: string | undefined;
  /** CNI_IFNAME. */
  readonly interfaceName: string;
}

/** An interface of a pod, as far as it says which call wires it. */
export interface CalledInterface {
  readonly network: string;
  readonly interface: string;
  readonly plugged?: true | undefined;
  readonly leaving?: true | undefined;
}

/**
 * The interfaces that one ADD wires, maybe none. A call for one network takes the interfaces on it. When the
 * pod joins that network more than once and one interface has the name of the call, the call takes only that one:
 * Multus calls again for the others. An interface that was plugged into the pod is wired by the call of its name alone, and
 * one that leaves by none.
 */
export function interfacesOfCall<T extends CalledInterface>(
  interfaces: readonly T[],
  { network, interfaceName }: AttachmentChoice,
): readonly T[] {
  const staying = interfaces.filter(({ leaving }) => leaving !== true);
  const created = staying.filter(({ plugged }) => plugged !== true);
  if (network === undefined) return created;
  const named = staying.filter((one) => one.network === network && one.interface === interfaceName);
  return named.length > 0 ? named : created.filter((one) => one.network === network);
}

/** One ADD of our plugin that Multus will make for a pod. */
export interface MultusCall extends AttachmentChoice {
  readonly selection: MultusSelection;
  /** True when the definition is for guests. */
  readonly dhcp?: true | undefined;
  readonly definition: OwnDefinition;
}

/** The calls in the order in which Multus makes them. */
export function callsOf(selections: readonly MultusSelection[], ours: OwnDefinitions): readonly MultusCall[] {
  return selections.flatMap((selection) => {
    const definition = ours.get(definitionKey(selection));
    if (definition === undefined) return [];
    const { network, dhcp } = definition;
    const call = { selection, definition, network, interfaceName: selection.callName };
    return [{ ...call, ...(dhcp === undefined ? {} : { dhcp }) }];
  });
}

interface Unnamed {
  readonly network: string;
  readonly interfaceName: string | undefined;
}

/** Gives an interface without a name the name of the call for its network, so that each call finds one of its own. */
export function nameByCalls<T extends Unnamed>(interfaces: readonly T[], calls: readonly MultusCall[]): readonly T[] {
  const named = [...interfaces];
  for (const { network, interfaceName } of calls) {
    if (network === undefined || named.some((one) => one.interfaceName === interfaceName)) continue;
    const index = named.findIndex((one) => one.network === network && one.interfaceName === undefined);
    const found = named[index];
    if (found !== undefined) named[index] = { ...found, interfaceName };
  }
  return named;
}

interface Wanted {
  /** Place of the interface, for messages. */
  readonly field: string;
  readonly network: string;
  readonly interface: string;
}

/**
 * Throws `InterfaceInvalid` when Multus would find the name of a call taken. Throws `SelectionInvalid` when a call
 * would find nothing to wire, or an interface that is wired already, or when no call would wire one of the interfaces.
 * A pod without calls passes: the webhook adds one.
 */
export function refuseUnfitCalls(
  selections: readonly MultusSelection[],
  ours: OwnDefinitions,
  interfaces: readonly Wanted[],
): void {
  const calls = callsOf(selections, ours);
  refuseSharedCallNames(calls, foreignInterfaceNames(selections, ours));
  const wired = new Map<string, string>();
  for (const call of calls) {
    const { field, callName } = call.selection;
    const before = wired.get(callName);
    if (before !== undefined) throw takenName(call.selection, before);
    const own = interfacesOfCall(interfaces, call);
    if (own.length === 0) throw nothingToWire(call);
    for (const { interface: name } of own) {
      const first = wired.get(name);
      if (first !== undefined) throw wiredTwice(call.selection, name, first);
      wired.set(name, field);
    }
  }
  const leftOut = calls.length === 0 ? undefined : interfaces.find((one) => !wired.has(one.interface));
  if (leftOut !== undefined) throw notWired(leftOut);
}

function refuseSharedCallNames(calls: readonly MultusCall[], foreign: ReadonlySet<string>): void {
  const called = new Map<string, string>();
  for (const { selection } of calls) {
    const { field, callName } = selection;
    const holder = foreign.has(callName) ? "another selection" : called.get(callName);
    if (holder !== undefined) throw takenName(selection, holder);
    called.set(callName, field);
  }
}

function takenName({ field, callName }: MultusSelection, holder: string) {
  return refusal("InterfaceInvalid", {
    field: keyOf(field, "interface"),
    value: callName,
    reason: `is the name of an interface of ${holder} as well`,
    remedy: "give each selection an interface name of its own",
  });
}

function nothingToWire({ selection, network }: MultusCall) {
  return refusal("SelectionInvalid", {
    field: selection.field,
    value: definitionKey(selection),
    reason: `is for the network ${JSON.stringify(network)}, which the request beside it does not name`,
    remedy: "add the network to the request, or remove the selection",
  });
}

function wiredTwice(selection: MultusSelection, name: string, first: string) {
  return refusal("SelectionInvalid", {
    field: selection.field,
    value: definitionKey(selection),
    reason: `would wire the interface ${name}, as ${first} does`,
    remedy: "select one definition for all interfaces, or for each interface one that names its network",
  });
}

function notWired({ field, network }: Wanted) {
  return refusal("SelectionInvalid", {
    field,
    value: network,
    reason: "is on a network for which the pod selects no definition of ours",
    remedy: "select a definition of that network too, or none of ours: then one for all interfaces is added",
  });
}
