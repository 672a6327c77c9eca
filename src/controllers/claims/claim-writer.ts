import type { OvsdbSession } from "ovsdb-client";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { addressKey, type HolderKey } from "#src/ipam/index/address-key.ts";
import { printIp } from "#src/net/ip.ts";
import { insertKept, keptName, type KeptRow, takeKept, waitUnclaimed } from "#src/ovn/claims/claim-operations.ts";
import type { ClaimName } from "#src/ovn/claims/port-claim.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { ClaimObject } from "./claim-object.ts";
import { type ClaimRow, otherHolderIn } from "./claim-rows.ts";
import { whyNotGiven } from "./kept-check.ts";

export interface ClaimWriterOptions {
  readonly session: (options: CallOptions) => Promise<OvsdbSession>;
  readonly index: AddressIndex;
  /** True when pods may ask for any switch. */
  readonly anySwitch: boolean;
  readonly labelsOf: (namespace: string, options: CallOptions) => Promise<Readonly<Record<string, string>>>;
}

/** Writes the rows that keep claims. Each transaction waits for what was read. */
export class ClaimWriter {
  readonly #options: ClaimWriterOptions;

  constructor(options: ClaimWriterOptions) {
    this.#options = options;
  }

  /** Deletes the row that keeps a claim. Gives false when a pod has taken its place meanwhile. */
  async free(claim: ClaimName, { uuid, switchUuid }: ClaimRow, options: CallOptions): Promise<boolean> {
    const session = await this.#options.session(options);
    return this.#take({ uuid, switchUuid, claim }, session);
  }

  async #take(row: KeptRow, session: OvsdbSession): Promise<boolean> {
    try {
      await session.transact(takeKept(row));
      return true;
    } catch (caught) {
      if (isFailedWait(caught)) return false;
      throw caught;
    }
  }

  /**
   * Makes the row again that keeps a claim, when a pod could get what the object says, and looks then whether somebody else has
   * one of the addresses, as an allocation does. Gives the reason when it cannot be done.
   */
  async keepAgain(
    name: ClaimName,
    { claim }: Pick<ClaimObject, "claim">,
    options: CallOptions,
  ): Promise<string | undefined> {
    const { index, anySwitch, labelsOf } = this.#options;
    const { kept, ips = [] } = claim;
    const [state, second] = index.named(kept?.network ?? "");
    if (kept === undefined || state === undefined || second !== undefined)
      return `there is no network ${kept?.network ?? ""}`;
    const keys: readonly HolderKey[] = [kept.mac, ...ips.map(addressKey)];
    const before = otherHolderIn(keys, state, index);
    if (before !== undefined) return before;
    const isByLabels = state.network.namespaceSelector !== undefined;
    const labels = isByLabels ? await labelsOf(name.namespace, options) : {};
    const forbidden = whyNotGiven({ name, kept, ips, labels }, { index, anySwitch });
    if (forbidden !== undefined) return forbidden;
    const addresses = [kept.mac, ...ips.map(printIp)].join(" ");
    const configName = claim.network;
    const row = { claim: name, switchUuid: state.uuid, network: state.network.name, configName, addresses };
    const session = await this.#options.session(options);
    try {
      await session.transact([waitUnclaimed(name), ...insertKept(row, "k0")]);
    } catch (caught) {
      // A pod has the claim, so that it needs no row of its own.
      if (isFailedWait(caught)) return undefined;
      throw caught;
    }
    // A pod may have taken the place of the row by now.
    const uuid = [...index.claims.of(name)].find((one) => index.port(one)?.name === keptName(name));
    const after = uuid === undefined ? undefined : otherHolderIn(keys, state, index, new Set([uuid]));
    if (uuid === undefined || after === undefined) return undefined;
    await this.#take({ uuid, switchUuid: state.uuid, claim: name }, session);
    return after;
  }
}
