import type { Operation } from "ovsdb-client";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { resultAddresses } from "#src/api/result.ts";
import type { Logger } from "#src/core/logger.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { isWaiting } from "#src/ipam/index/machine-ports.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { deleteRules, insertRule } from "#src/ovn/floating/floating-operations.ts";
import { dhcpOfResult } from "./dhcp-repair.ts";
import { planRule } from "./floating-repair.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { machineAddresses } from "#src/ovn/ports/waiting-port.ts";
import { correctPorts, type PortCorrection } from "#src/ovn/ports/port-operations.ts";
import { portSecurityOf } from "#src/ovn/port-security.ts";
import type { AllocationRows, PortRow } from "../allocation-rules/allocation-rows.ts";
import { storedResultOf } from "../allocation-rules/consistency.ts";
import { addressesText, filterOfResult } from "../allocation-rules/port-comparison.ts";
import type { PortWriter } from "./port-writer.ts";
import { conflictingHolder, otherHolderOf } from "./re-creation.ts";

export interface PortCorrectorOptions {
  readonly index: AddressIndex;
  readonly rows: Pick<AllocationRows, "of">;
  readonly writer: Pick<PortWriter, "write">;
  readonly logger: Logger;
}

/** The correction of a port, and the values that the address columns had before. */
interface Step {
  readonly correction: PortCorrection;
  readonly before: Pick<PortCorrection, "addresses" | "portSecurity">;
  /** The operations that make its rule the one of the result. */
  readonly rules: readonly Operation[];
}

/**
 * Writes ports of a living pod again that somebody has edited. It yields to everybody who holds an address by now, and
 * does the conflict check after the write, as a re-creation does.
 */
export class PortCorrector {
  readonly #options: PortCorrectorOptions;

  constructor(options: PortCorrectorOptions) {
    this.#options = options;
  }

  /**
   * Corrects these ports of a pod whose token was verified. Returns the reason when it cannot be done; undefined when
   * it is done.
   */
  async correct(pod: PodMetadata, changed: readonly string[]): Promise<string | undefined> {
    const { index, rows, writer, logger } = this.#options;
    const { namespace, name, labels } = pod.metadata;
    const id = labels[annotationKeys.allocation.key] ?? "";
    const steps: Step[] = [];
    for (const row of rows.of(id).filter((each) => changed.includes(each.name))) {
      const step = this.#plan(pod, row, steps.length);
      if (typeof step === "string") return step;
      steps.push(step);
    }
    const corrections = steps.map(({ correction }) => correction);
    await writer.write([...correctPorts(corrections), ...steps.flatMap(({ rules }) => rules)]);
    const uuids = corrections.map(({ uuid }) => uuid);
    const holder = conflictingHolder(uuids, storedResultOf(pod), index);
    if (holder === undefined) {
      logger.warn({ allocation: id, namespace, pod: name, ports: changed }, "changed ports were written again");
      return undefined;
    }
    const written = changed.flatMap((port) => index.floating.rulesOf(port));
    await writer.write([...correctPorts(steps.map(undone)), ...deleteRules(written)]);
    return `${holder} took an address meanwhile`;
  }

  #plan(pod: PodMetadata, port: PortRow, at: number): Step | string {
    const { index } = this.#options;
    const { uuid, owner } = port;
    const result = storedResultOf(pod).find((each) => each.port === port.name);
    const row = index.port(uuid);
    const [from, ...alsoOn] = index.switchesOf(uuid);
    const held = result && resultAddresses(result);
    if (row === undefined || from === undefined || result === undefined || held === undefined)
      return `port ${port.name} has changed meanwhile`;
    if (alsoOn.length > 0) return `port ${port.name} is on more than one switch`;
    const [state, ...others] = index.named(result.network);
    if (state === undefined) return `the switch of network ${result.network} is gone`;
    if (others.length > 0) return `there are ${(others.length + 1).toString()} switches ${result.network}`;
    const holder = otherHolderOf(held, state, index, index.holding(uuid, row).holder);
    if (holder !== undefined) return `${holder} holds an address of interface ${result.interface}`;
    const { allocation, podUid, namespace, cluster } = owner;
    const outside = planRule(result, namespace, index);
    if (typeof outside === "string") return outside;
    const ruleOwner = { allocation, interfaceName: result.interface, cluster };
    const inserted = outside.rule === undefined ? [] : insertRule(ruleOwner, outside.rule, `f${at.toString()}`);
    const text = addressesText(result);
    const waits = isWaiting(index, uuid);
    const addresses = waits ? [] : [text];
    const isDisabled = waits || result.tap === true;
    const waitsWith = waits ? text : undefined;
    const correction = { uuid, allocation, podUid, switchUuid: from.uuid, to: state.uuid, isDisabled, waitsWith };
    const forwards = row.external_ids.has(externalId("forwards-for"));
    const portSecurity = waits ? [] : portSecurityOf(text, { ...filterOfResult(result), forwards });
    const isMachine = claimOf(row.external_ids)?.machine !== undefined;
    const machine = isMachine ? machineAddresses(row, text) : undefined;
    return {
      correction: { ...correction, addresses, portSecurity, machine, dhcp: dhcpOfResult(result, index) },
      before: { addresses: row.addresses, portSecurity: row.port_security },
      rules: [...deleteRules(outside.stale), ...inserted],
    };
  }
}

/** Gives the addresses up again. The port stays on the switch that it should be on. */
function undone({ correction, before }: Step): PortCorrection {
  const { to, addresses, waitsWith, machine } = correction;
  const written = machine && { ...machine, addresses, waitsWith: waitsWith ?? machine.waitsWith };
  return { ...correction, switchUuid: to, machine: written, ...before };
}
