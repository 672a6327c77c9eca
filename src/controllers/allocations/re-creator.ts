import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { deleteRules } from "#src/ovn/floating/floating-operations.ts";
import { insertPorts } from "#src/ovn/ports/port-operations.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { AllocationRows } from "../allocation-rules/allocation-rows.ts";
import { storedResultOf } from "../allocation-rules/consistency.ts";
import type { PortWriter } from "./port-writer.ts";
import { conflictingHolder, planReCreation } from "./re-creation.ts";
import type { WantedChassis } from "../allocation-rules/requested-chassis.ts";

export interface ReCreatorOptions {
  readonly index: AddressIndex;
  readonly rows: Pick<AllocationRows, "of">;
  readonly writer: PortWriter;
  readonly cluster: string;
  readonly wantedChassis: WantedChassis;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Puts the rows back that NB lost of a living pod: inserts them bound, then does the conflict check, as an allocation
 * does.
 */
export class ReCreator {
  readonly #options: ReCreatorOptions;

  constructor(options: ReCreatorOptions) {
    this.#options = options;
  }

  /**
   * Makes the ports again of a pod whose token was verified for a result of this revision. Returns the reason when it cannot be done; undefined
   * when it is done.
   */
  async reCreate(pod: PodMetadata, missing: readonly string[], revision = 0): Promise<string | undefined> {
    const { index, rows, writer, cluster, wantedChassis, clock, logger } = this.#options;
    const results = storedResultOf(pod);
    const reservedAt = new Date(clock.now()).toISOString();
    const chassis = wantedChassis(pod) ?? "";
    const plan = planReCreation({ pod, results, missing, revision, index, cluster, chassis, reservedAt });
    if (!plan.possible) return plan.why;
    await writer.write([...deleteRules(plan.stale), ...insertPorts(plan.ports)]);
    const id = pod.metadata.labels[annotationKeys.allocation.key] ?? "";
    const made = rows.of(id).filter((row) => missing.includes(row.name));
    const uuids = made.map(({ uuid }) => uuid);
    const holder = conflictingHolder(uuids, results, index);
    const { namespace, name } = pod.metadata;
    if (holder !== undefined) {
      await writer.remove([{ rows: made, haveLost: true }]);
      return `${holder} took an address meanwhile`;
    }
    // NB collects ports at once whose switch was gone when they were inserted, and calls that no error.
    const lost = plan.ports.find((port) => !made.some((row) => row.name === port.name));
    if (lost !== undefined) return `the switch of network ${lost.network} vanished meanwhile`;
    logger.warn({ allocation: id, namespace, pod: name, ports: made.length }, "lost ports were made again");
    return undefined;
  }
}
