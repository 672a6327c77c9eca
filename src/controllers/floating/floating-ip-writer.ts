import type { Operation } from "ovsdb-client";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { FloatingAddresses } from "#src/ipam/index/floating-addresses.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { type FloatingIpSettings, floatingIpRows, floatingIpScope } from "#src/ovn/rows/floating-ip-rows.ts";
import { type DesiredRow, planRows } from "#src/ovn/owned/owned-rows.ts";
import type { OwnedRow, OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { logicalRouter } from "#src/ovn/owned/topology-tables.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { type FloatingIpIndex, keyOn } from "./floating-ip-index.ts";

export interface FloatingIpWriterOptions {
  readonly nb: Pick<NbFeed, "rows" | "waitForSession">;
  readonly cluster: string;
  readonly index: FloatingIpIndex;
  readonly gateways: Pick<FloatingAddresses, "gateway">;
}

/** Writes the rows of one FloatingIP. It reads only those and the gateway, since there may be many others. */
export class FloatingIpWriter {
  readonly #options: FloatingIpWriterOptions;
  readonly #writer: RowWriter;

  constructor(options: FloatingIpWriterOptions) {
    this.#options = options;
    this.#writer = new RowWriter(options.nb, options.cluster);
  }

  /** The row of the gateway of an Uplink. */
  gatewayOf(uplink: string): OwnedRow | undefined {
    const { nb, gateways } = this.#options;
    const gateway = gateways.gateway(uplink);
    const row = gateway && nb.rows(logicalRouter).get(gateway.routerUuid);
    const id = row?.external_ids.get(externalId("row"));
    if (gateway === undefined || row === undefined || id === undefined) return undefined;
    return { id, table: logicalRouter, uuid: gateway.routerUuid, row };
  }

  /** Makes the rows what they should be, while the `waits` hold. Throws `RowsChanged` when NB had moved on. */
  async bring(settings: FloatingIpSettings, waits: readonly Operation[], options: CallOptions): Promise<void> {
    await this.#bring(settings.uid, floatingIpRows(settings), waits, options);
  }

  /** Removes all rows of the object, so that its address is free. */
  async remove(uid: string, options: CallOptions): Promise<void> {
    await this.#bring(uid, [], [], options);
  }

  async #bring(
    uid: string,
    desired: readonly DesiredRow[],
    waits: readonly Operation[],
    options: CallOptions,
  ): Promise<void> {
    const { operations, conflict } = planRows(floatingIpScope(uid), desired, this.#around(uid), this.#options.cluster);
    if (conflict !== undefined)
      throw new AppError("RowsChanged", `there is another ${conflict.table} ${conflict.name}`);
    // The waits are about rows to which these operations lead.
    if (operations.length > 0) await this.#writer.write(operations, options, waits);
  }

  #around(uid: string): OwnedRows {
    const { hold, rule } = this.#options.index.of(uid);
    const [first] = [hold, rule].filter((row) => row !== undefined);
    const uplink = first === undefined ? undefined : keyOn(first, "uplink");
    const gateway = uplink === undefined ? undefined : this.gatewayOf(uplink);
    const known = [hold, rule, gateway].filter((row) => row !== undefined);
    return { rows: new Map(known.map((row) => [row.id, row])), foreignNames: new Set() };
  }
}
