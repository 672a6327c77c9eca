// Moves the addresses of a virtual machine from one of its ports to the other, each move in one transaction.
import { changeIn, type RowChange } from "ovsdb-client";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { takeKept } from "#src/ovn/claims/claim-operations.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { moveAddresses } from "#src/ovn/ports/waiting-port.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import type { Handover } from "../allocation-rules/handover.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { PortWriter } from "./port-writer.ts";

export interface PortHandoverOptions {
  readonly index: Pick<AddressIndex, "port">;
  readonly writer: Pick<PortWriter, "write">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "count">;
}

/** Moves addresses while both ports are held as they were read. */
export class PortHandover {
  readonly #options: PortHandoverOptions;

  constructor(options: PortHandoverOptions) {
    this.#options = options;
  }

  /** Gives false when a port has another holder by now, or is gone, so that it must be decided again. */
  async move({ to, from, kept, why }: Handover): Promise<boolean> {
    const { index, writer, logger, metrics } = this.#options;
    try {
      await writer.write([...(kept === undefined ? [] : takeKept(kept)), ...moveAddresses(to, from)]);
    } catch (caught) {
      if (isFailedWait(caught)) return false;
      throw caught;
    }
    const name = (uuid: string) => index.port(uuid)?.name ?? uuid;
    metrics.count("ovn4nfv_handovers_total", { why });
    logger.info({ to: name(to.uuid), from: from && name(from.uuid), why }, "addresses of a virtual machine moved");
    return true;
  }
}

/** The allocations of the other ports of claims whose ports came, changed or went: their pods may have the addresses now. */
export function* besideChanged(
  changes: readonly RowChange[],
  index: Pick<AddressIndex, "claims" | "port">,
): Generator<string> {
  for (const change of changes) {
    const port = changeIn(controllerPort, change);
    if (port === undefined || port.before?.external_ids === port.after?.external_ids) continue;
    const row = port.after ?? port.before;
    const claim = row && claimOf(row.external_ids);
    if (claim?.machine === undefined && claim?.isKept !== true) continue;
    for (const uuid of index.claims.of(claim)) {
      const other = uuid === port.uuid ? undefined : index.port(uuid);
      const allocation = other && portOwner(other.external_ids)?.allocation;
      if (allocation !== undefined) yield allocation;
    }
  }
}
