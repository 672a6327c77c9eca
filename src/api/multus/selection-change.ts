// Compares the Multus selections of a stored pod with those that it is to have, and with the interfaces that it has. Pure.
import { isDeepStrictEqual } from "node:util";
import { type AppError, refusal } from "#src/core/errors.ts";
import { annotationKeys } from "../annotation-keys.ts";
import { keyOf } from "../text/field-place.ts";
import type { OwnDefinitions } from "./attachment-definition.ts";
import { type CalledInterface, callsOf, interfacesOfCall, type MultusCall } from "./multus-calls.ts";
import { definitionKey, isOwnSelection, type MultusSelection } from "./multus-selection.ts";

export interface ChangeOfSelections<T extends CalledInterface> {
  readonly before: readonly MultusSelection[];
  readonly after: readonly MultusSelection[];
  /** The definitions of ours among all of them. */
  readonly ours: OwnDefinitions;
  /** The interfaces that the pod has, those that leave among them. */
  readonly interfaces: readonly T[];
  /** True when the pod has a request besides, which nobody can change. */
  readonly hasRequest: boolean;
}

export interface SelectionChange<T extends CalledInterface> {
  /** The calls for which the pod has no interface yet, also where a selection was there before and its definition was not. */
  readonly added: readonly MultusCall[];
  /** The interfaces that no selection is for any more. */
  readonly leaving: readonly T[];
}

/**
 * Says what a change of selections asks for. Throws `SelectionInvalid` for a selection of ours whose settings change,
 * `InterfaceInvalid` when a name is missing or taken, and `ChangeRefused` for an interface that cannot go, or has not gone yet.
 */
export function selectionChange<T extends CalledInterface>(change: ChangeOfSelections<T>): SelectionChange<T> {
  const { before, after, ours, interfaces, hasRequest } = change;
  const staying = interfaces.filter(({ leaving }) => leaving !== true);
  const wiredBy = (selection: MultusSelection) => wiredInterfaces(selection, ours, staying);
  refuseSharedNames(after, ours);
  const kept = after.flatMap((selection) => {
    const old = before.find((other) => isSameAttachment(other, selection));
    return old === undefined ? [] : [{ selection, old, wired: wiredBy(selection) }];
  });
  const forgotten = kept.filter(
    ({ selection, wired }) => wired.length === 0 && isForgotten(selection, ours, interfaces),
  );
  for (const one of kept) {
    const { selection, old, wired } = one;
    const isServed = wired.length > 0 || isOwnSelection(selection, ours);
    if (isServed && !forgotten.includes(one)) refuseChanged(old, selection);
  }
  const served = new Set(kept.flatMap(({ wired }) => wired));
  const added = forgotten.map(({ selection }) => selection);
  for (const selection of after.filter((one) => kept.every((other) => other.selection !== one))) {
    const again = staying.find((one) => isFor(selection, one, ours) && !served.has(one));
    if (again === undefined) refuseNameOfPod(selection, interfaces);
    if (again !== undefined) {
      served.add(again);
      // The same interface by another definition.
      const old = before.find(({ callName }) => callName === selection.callName);
      if (old !== undefined) refuseChanged(old, selection);
    } else if (isOwnSelection(selection, ours)) added.push(selection);
  }
  for (const selection of added) refuseUnnamed(selection);
  const leaving = new Set(before.flatMap(wiredBy).filter((one) => !served.has(one)));
  const fixed = hasRequest ? [...leaving].find(({ plugged }) => plugged !== true) : undefined;
  if (fixed !== undefined) throw ofRequest(fixed.interface);
  const inOrder = after.filter((selection) => added.includes(selection));
  return { added: callsOf(inOrder, ours), leaving: [...leaving] };
}

/**
 * True for a selection of ours that was stored while nobody knew its definition, so that nothing was allocated for it. One without a name
 * is left as it is: it may be of the pod's create, when names go by places in the list.
 */
function isForgotten(
  selection: MultusSelection,
  ours: OwnDefinitions,
  interfaces: readonly CalledInterface[],
): boolean {
  const isOfNetwork = ours.get(definitionKey(selection))?.network !== undefined;
  const isNameFree = interfaces.every((one) => one.interface !== selection.callName);
  return isOfNetwork && selection.interfaceName !== undefined && isNameFree;
}

/** A definition may be gone or changed by now. Then the name of the interface tells what its selection was for. */
function wiredInterfaces<T extends CalledInterface>(
  selection: MultusSelection,
  ours: OwnDefinitions,
  staying: readonly T[],
): readonly T[] {
  const [call] = callsOf([selection], ours);
  const named = staying.filter((one) => one.interface === selection.callName);
  if (call === undefined) return named;
  const plugged = named.filter((one) => one.plugged === true);
  return plugged.length > 0 ? plugged : interfacesOfCall(staying, call);
}

function isSameAttachment(a: MultusSelection, b: MultusSelection): boolean {
  return a.callName === b.callName && definitionKey(a) === definitionKey(b);
}

function isFor(selection: MultusSelection, one: CalledInterface, ours: OwnDefinitions): boolean {
  return one.interface === selection.callName && ours.get(definitionKey(selection))?.network === one.network;
}

function refuseSharedNames(selections: readonly MultusSelection[], ours: OwnDefinitions): void {
  const holders = new Map<string, MultusSelection>();
  for (const selection of selections) {
    const holder = holders.get(selection.callName);
    holders.set(selection.callName, selection);
    if (holder === undefined || ![holder, selection].some((one) => isOwnSelection(one, ours))) continue;
    throw taken(selection, holder.field);
  }
}

function refuseNameOfPod(selection: MultusSelection, interfaces: readonly CalledInterface[]): void {
  const holder = interfaces.find((one) => one.interface === selection.callName);
  if (holder === undefined) return;
  if (holder.leaving !== true) throw taken(selection, `the network ${JSON.stringify(holder.network)}`);
  throw refusal("ChangeRefused", {
    field: keyOf(selection.field, "interface"),
    value: selection.callName,
    reason: "is the name of an interface that was unplugged and has not left yet",
    remedy: `try again when ${annotationKeys.result.key} does not name it any more, or write another name`,
  });
}

function taken(selection: MultusSelection, holder: string): AppError {
  return refusal("InterfaceInvalid", {
    field: keyOf(selection.field, "interface"),
    value: selection.callName,
    reason: `is the name of an interface of ${holder} as well`,
    remedy: "give each selection an interface name of its own",
  });
}

function refuseUnnamed(selection: MultusSelection): void {
  if (selection.interfaceName !== undefined) return;
  throw refusal("InterfaceInvalid", {
    field: keyOf(selection.field, "interface"),
    value: undefined,
    reason: `is left out, and ${definitionKey(selection)} is plugged into a pod that runs, where names do not go by places in the list`,
    remedy: "write a name for it, and those that the other selections of the pod have had so far",
  });
}

function refuseChanged(old: MultusSelection, now: MultusSelection): void {
  if (isDeepStrictEqual(settingsOf(old), settingsOf(now))) return;
  throw refusal("SelectionInvalid", {
    field: now.field,
    value: now.callName,
    reason: "asks for something else than before, and the pod has this interface",
    remedy: `leave it as it was; limits of bandwidth are changed by ${annotationKeys.bandwidth.key}. Or unplug the interface, and plug it again when it has left`,
  });
}

function settingsOf(selection: MultusSelection): object {
  const { ips, mac, defaultRoute, bandwidth, dhcp, pool, claim, replica, unread } = selection;
  return { ips, mac, defaultRoute, bandwidth, dhcp, pool, claim, replica, unread };
}

function ofRequest(name: string): AppError {
  return refusal("ChangeRefused", {
    field: annotationKeys.multusNetworks.key,
    value: undefined,
    reason: `does not select the interface ${name} any more, which the pod has by ${annotationKeys.request.key}`,
    remedy:
      "leave its selection as it was, since only interfaces that were plugged can be unplugged from such a pod, or delete the pod and " +
      "create it again with the networks that you want",
  });
}
