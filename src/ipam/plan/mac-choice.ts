import { createHash } from "node:crypto";
import { printIp } from "#src/net/ip.ts";
import { type Mac, macFromHash, macFromIpv4, macFromNumber, type MacPrefix } from "#src/net/mac.ts";
import type { PlannedAddress } from "../allocation.ts";
import { otherHolders } from "../index/other-holders.ts";
import type { Picks, PlanningView } from "./planning-view.ts";

/** The prefix counts as used up after this many tries. Prefixes of five bytes have only 256 MACs. */
const maxTries = 4096;

/**
 * Chooses the automatic MAC of a port: the network's prefix with its first IPv4 address, or with a hash of its first
 * IPv6 address. Without addresses it is a hash of the pod and the time. When somebody has that MAC, the next numbers of the
 * prefix are tried.
 */
export function firstMac(
  own: Picks,
  addresses: readonly PlannedAddress[],
  view: PlanningView,
  pod: string,
): Mac | undefined {
  const { macPrefix } = own.state.network;
  const guess = guessMac(addresses, macPrefix, `${pod} ${view.nowMs.toString()}`);
  if (!isTaken(guess, own, view)) return guess;
  const number = BigInt(`0x${guess.replaceAll(":", "")}`);
  for (let n = 1n; n <= maxTries; n += 1n) {
    const next = macFromNumber(macPrefix, number + n);
    if (!isTaken(next, own, view)) return next;
  }
  return undefined;
}

function guessMac([first]: readonly PlannedAddress[], macPrefix: MacPrefix, seed: string): Mac {
  if (first?.ip.family === 4) return macFromIpv4(macPrefix, first.ip);
  const text = first === undefined ? seed : printIp(first.ip);
  return macFromHash(macPrefix, createHash("sha256").update(text).digest());
}

function isTaken(mac: Mac, own: Picks, view: PlanningView): boolean {
  return own.macs.has(mac) || otherHolders(view.index, own.state, mac, "plan").length > 0;
}
