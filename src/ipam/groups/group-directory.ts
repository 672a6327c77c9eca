// Knows the port groups of network policies in NB, so that a new port goes into its groups with the transaction that inserts it.
import { changeIn, type Operation, type Row, type RowChange, wait } from "ovsdb-client";
import { type GroupedPod, type GroupSelector, isGrouped, readGroupSelector } from "#src/api/policy/group-selector.ts";
import { allocationGroup } from "#src/ovn/nb-tables.ts";
import { groupsRowName, membersOf } from "#src/ovn/policy-group.ts";

/** A group of a policy, with the selector of its pods. */
export interface PolicyGroup {
  readonly uuid: string;
  readonly name: string;
  readonly selector: GroupSelector;
}

/** Follows the NB monitor. Groups of other clusters and of everybody else are not in it. */
export class GroupDirectory {
  readonly #cluster: string;
  readonly #rowName: string;
  readonly #byNetwork = new Map<string, Map<string, PolicyGroup>>();
  /** The row that tells which groups there are; undefined while nobody has written one. */
  #state: { readonly uuid: string; readonly marks: ReadonlyMap<string, string> } | undefined;

  constructor(cluster: string) {
    this.#cluster = cluster;
    this.#rowName = groupsRowName(cluster);
  }

  /** Takes what is in NB already. */
  fill(rows: Iterable<readonly [uuid: string, row: Row<typeof allocationGroup>]>): void {
    for (const [uuid, { name, external_ids }] of rows) this.#put(uuid, name, external_ids);
  }

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const group = changeIn(allocationGroup, change);
      if (group === undefined || group.before?.external_ids === group.after?.external_ids) continue;
      const { uuid, before, after } = group;
      if (before?.name === this.#rowName) this.#state = this.#state?.uuid === uuid ? undefined : this.#state;
      else if (before !== undefined) this.#drop(uuid, before.external_ids);
      if (after !== undefined) this.#put(uuid, after.name, after.external_ids);
    }
  }

  /** The groups of a network, which a policy or a rule selects. */
  onNetwork(network: string): Iterable<PolicyGroup> {
    return this.#byNetwork.get(network)?.values() ?? [];
  }

  /** The groups to which the ports of a pod on the network belong. */
  groupsOf(network: string, pod: GroupedPod): readonly PolicyGroup[] {
    return [...this.onNetwork(network)].filter(({ selector }) => isGrouped(selector, pod));
  }

  /**
   * Makes a transaction fail unless NB has the groups that are known here. Without it a policy that is being made could miss a
   * port that is being made, and the port its group. The server finds the row by its UUID; by its name it would look at all groups.
   */
  groupsWait(): Operation {
    const known = this.#state;
    return wait(allocationGroup, {
      where: known === undefined ? [["name", "==", this.#rowName]] : [["_uuid", "==", known.uuid]],
      columns: ["external_ids"],
      until: "==",
      rows: known === undefined ? [] : [{ external_ids: Object.fromEntries(known.marks) }],
      timeoutMs: 0,
    });
  }

  #drop(uuid: string, marks: ReadonlyMap<string, string>): void {
    const selector = readGroupSelector(membersOf(marks, this.#cluster) ?? "");
    if (selector !== undefined) this.#byNetwork.get(selector.network)?.delete(uuid);
  }

  #put(uuid: string, name: string, marks: ReadonlyMap<string, string>): void {
    if (name === this.#rowName) {
      this.#state = { uuid, marks };
      return;
    }
    const selector = readGroupSelector(membersOf(marks, this.#cluster) ?? "");
    if (selector === undefined) return;
    const known = this.#byNetwork.get(selector.network);
    const group: PolicyGroup = { uuid, name, selector };
    if (known === undefined) this.#byNetwork.set(selector.network, new Map([[uuid, group]]));
    else known.set(uuid, group);
  }
}
