import { changeIn, type Row, type RowChange } from "ovsdb-client";
import { externalId } from "#src/ovn/external-ids.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { boundPod } from "../northbound/bound-rows.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** A port that the controller has bound to its pod. Only verified results are bound, so that no pod claims the port of another. */
export interface BoundPort {
  readonly uuid: string;
  readonly podUid: string;
  readonly network: string;
}

/** The bound ports of this cluster, by the UID of their pods. It follows NB from the first message on. */
export class BoundPorts {
  readonly #cluster: string;
  readonly #byPod = new Map<string, readonly BoundPort[]>();

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  ofPod(uid: string): readonly BoundPort[] {
    return this.#byPod.get(uid) ?? [];
  }

  *values(): Iterable<BoundPort> {
    for (const ports of this.#byPod.values()) yield* ports;
  }

  /** Takes what is in NB already. */
  fill(rows: ReadonlyMap<string, Row<typeof controllerPort>>): void {
    this.#byPod.clear();
    for (const [uuid, row] of rows) this.#put(uuid, row);
  }

  /** Applies one message. Gives the UIDs of the pods whose ports came, went, or were bound. */
  apply(changes: readonly RowChange[]): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const change of changes) {
      const port = changeIn(controllerPort, change);
      if (port === undefined || port.before?.external_ids === port.after?.external_ids) continue;
      const { uuid, before, after } = port;
      const was = before && portOwner(before.external_ids)?.podUid;
      if (was !== undefined) {
        const rest = this.ofPod(was).filter((one) => one.uuid !== uuid);
        if (rest.length === 0) this.#byPod.delete(was);
        else this.#byPod.set(was, rest);
      }
      const is = after && this.#put(uuid, after);
      if (is !== undefined) touched.add(is);
    }
    return touched;
  }

  #put(uuid: string, { external_ids }: Row<typeof controllerPort>): string | undefined {
    const podUid = boundPod(external_ids, this.#cluster);
    if (podUid === undefined) return undefined;
    const network = external_ids.get(externalId("network")) ?? "";
    this.#byPod.set(podUid, [...this.ofPod(podUid), { uuid, podUid, network }]);
    return podUid;
  }
}
