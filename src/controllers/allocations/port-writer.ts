import type { Operation, OvsdbSession } from "ovsdb-client";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { hasCode } from "#src/core/errors.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import type { KeptClaim } from "#src/ovn/claims/claim-operations.ts";
import { deleteRules, type RuleRef } from "#src/ovn/floating/floating-operations.ts";
import { bindPort, deleteHeldPorts, type HeldPort, pinPort, waitAbsent } from "#src/ovn/ports/port-operations.ts";
import type { Successor } from "#src/ovn/ports/waiting-port.ts";
import type { PortRow } from "../allocation-rules/allocation-rows.ts";

export interface PortWriterOptions {
  readonly session: () => Promise<OvsdbSession>;
  /** UUIDs of the switches that have the port now. None: the port is gone. */
  readonly switchesOf: (portUuid: string) => readonly string[];
  /** The rules of the addresses outside that the port of this name has. They go with it. */
  readonly rulesOf: (port: string) => readonly RuleRef[];
  /** Gives the addresses that a row keeps when the port on this switch goes: those of its claim. */
  readonly keepsOf: (portUuid: string, switchUuid: string, hasLost: boolean) => KeptClaim | undefined;
  /** The other pod of the virtual machine, which goes on with the addresses when the port goes. */
  readonly successorOf: (portUuid: string) => Successor | undefined;
}

/** Rows to delete together. Each is deleted only while its owner is the one that was read. */
export interface PortRemoval {
  readonly rows: readonly PortRow[];
  /** True when the rows give way to somebody else, whose addresses they have. */
  readonly haveLost?: boolean;
  /** Further operations of the same transaction. Undefined when there are none. */
  readonly besides?: readonly Operation[];
}

export interface PodBinding {
  readonly pod: PodMetadata;
  readonly rows: readonly PortRow[];
  /** The chassis that the rows shall request, when it is known. */
  readonly chassis?: string | undefined;
  /** The revision of the pod's result. Undefined for a pod with which nothing was plugged. */
  readonly revision?: number | undefined;
}

/** Bound rows that should request a chassis, or none when it is "". */
export interface PodPinning extends PodBinding {
  readonly chassis: string;
}

/**
 * Runs the controller's transactions on ports, in batches. Every one that deletes waits for the rows to be as they
 * were read.
 */
export class PortWriter {
  readonly #options: PortWriterOptions;

  constructor(options: PortWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes name and UID of pods into their reserved rows, and the chassis of bound rows, in one transaction. A row that is
   * not as it was read is skipped.
   */
  async bind(bindings: readonly PodBinding[], pinnings: readonly PodPinning[] = []): Promise<void> {
    const binds = bindings.flatMap(({ pod: { metadata }, rows, chassis = "", revision = 0 }) =>
      rows.map(({ uuid, owner }) => {
        const { allocation } = owner;
        // An attempt that was never stored may have raised it. A later revision than the pod's would tell of an older result.
        const lowered = (owner.revision ?? 0) > revision ? revision : undefined;
        const { name = "", uid = "" } = metadata;
        return bindPort({ uuid, allocation, pod: name, podUid: uid, chassis, revision: lowered });
      }),
    );
    const pins = pinnings.flatMap(({ pod: { metadata }, rows, chassis }) =>
      rows.map(({ uuid, owner: { allocation } }) => pinPort({ uuid, allocation, podUid: metadata.uid ?? "", chassis })),
    );
    if (binds.length + pins.length > 0) await this.#transact([...binds, ...pins]);
  }

  /**
   * Deletes the rows of all removals in one transaction. When the server refuses it, as when somebody changed an owner meanwhile,
   * each removal gets a transaction of its own. A removal with a port that somebody put on a second switch is left alone until the port
   * is on one again. Gives the removals whose rows are gone.
   */
  async remove<R extends PortRemoval>(removals: readonly R[]): Promise<ReadonlySet<R>> {
    const { switchesOf, successorOf } = this.#options;
    const removable = removals.filter(({ rows }) => !rows.some((row) => switchesOf(row.uuid).length > 1));
    // Both pods of a virtual machine may end together, and each would leave the addresses to the other one.
    const succeeded = removable.filter(({ rows }) => rows.some((row) => successorOf(row.uuid) !== undefined));
    const others = removable.filter((removal) => !succeeded.includes(removal));
    const gone = await this.#removeTogether(others);
    for (const removal of succeeded) if (await this.#delete([removal])) gone.add(removal);
    return gone;
  }

  async #removeTogether<R extends PortRemoval>(removals: readonly R[]): Promise<Set<R>> {
    if (await this.#delete(removals)) return new Set(removals);
    const gone = new Set<R>();
    if (removals.length === 1) return gone;
    for (const removal of removals) if (await this.#delete([removal])) gone.add(removal);
    return gone;
  }

  /** Runs the operations in one transaction. Throws what the session throws. */
  async write(operations: readonly Operation[]): Promise<void> {
    await this.#transact(operations);
  }

  /** Gives false when a `wait` failed, or the server refuses several together for another reason. */
  async #delete(removals: readonly PortRemoval[]): Promise<boolean> {
    const present = removals.flatMap(({ rows, haveLost = false }) =>
      rows.flatMap((row) => this.#asRead(row, haveLost)),
    );
    if (present.length === 0) return true;
    const besides = removals.flatMap((removal) => removal.besides ?? []);
    try {
      await this.#transact([...deleteHeldPorts(present), ...besides]);
      return true;
    } catch (caught) {
      if (isFailedWait(caught) || (removals.length > 1 && hasCode(caught, "TransactionFailed"))) return false;
      throw caught;
    }
  }

  /** Deletes rules that have no port. A port that came meanwhile keeps its own. Gives false in that case. */
  async removeRules(rules: readonly FloatingHolder[]): Promise<boolean> {
    const ports = [...new Set(rules.map(({ holder }) => holder))];
    try {
      await this.#transact([
        ...ports.map(waitAbsent),
        ...deleteRules(ports.flatMap((port) => this.#options.rulesOf(port))),
      ]);
      return true;
    } catch (caught) {
      if (isFailedWait(caught)) return false;
      throw caught;
    }
  }

  #asRead({ uuid, name, owner }: PortRow, hasLost: boolean): readonly HeldPort[] {
    const [switchUuid] = this.#options.switchesOf(uuid);
    const { allocation, podUid } = owner;
    if (switchUuid === undefined) return [];
    const { rulesOf, keepsOf, successorOf } = this.#options;
    const keeps = keepsOf(uuid, switchUuid, hasLost);
    const successor = hasLost ? undefined : successorOf(uuid);
    return [{ uuid, switchUuid, allocation, podUid, floating: rulesOf(name), keeps, successor }];
  }

  async #transact(operations: readonly Operation[]): Promise<void> {
    const session = await this.#options.session();
    await session.transact(operations);
  }
}
