// Makes one transaction of a group of allocations: plans them one after the other, withholds what was planned, and
// writes it as operations.
import type { Operation } from "ovsdb-client";
import { fromUnknown } from "#src/core/errors.ts";
import { printAllowed } from "#src/net/allowed-prefixes.ts";
import { printIp } from "#src/net/ip.ts";
import type { NewFloatingRule } from "#src/ovn/floating/floating-operations.ts";
import { newFloatingRule } from "#src/ovn/rows/floating-rows.ts";
import { claimKey } from "#src/ovn/claims/port-claim.ts";
import { insertPorts, type NewPort } from "#src/ovn/ports/port-operations.ts";
import type { PortFilter } from "#src/ovn/port-security.ts";
import { addressKey } from "../index/address-key.ts";
import type { AddressIndex } from "../index/address-index.ts";
import { type PlannedPort, portName } from "../allocation.ts";
import type { GroupDirectory } from "../groups/group-directory.ts";
import type { AllocationJob } from "./allocation-job.ts";
import { allocationOfAttempt, type Attempt, type Attempts } from "./attempts.ts";
import { newPortClaim } from "./claims.ts";
import { planPorts } from "../plan/planner.ts";
import type { PlanningView } from "../plan/planning-view.ts";

export interface GroupEntry {
  readonly job: AllocationJob;
  readonly attempt: Attempt;
}

/** Plans the jobs in order. A job that is refused is answered at once, and is not part of the group. */
export function planGroup(
  jobs: readonly AllocationJob[],
  view: PlanningView,
  attempts: Attempts,
  newId: () => string,
): GroupEntry[] {
  const group: GroupEntry[] = [];
  for (const job of jobs) {
    try {
      const ports = planPorts(job.request, view);
      const id = newId();
      withhold(ports, job.request.namespace, view.index);
      job.tries += 1;
      view.index.skipCooldown(id, true);
      group.push({ job, attempt: attempts.open(id, ports, job.request.joins) });
    } catch (error) {
      job.refuse(fromUnknown(error));
    }
  }
  return group;
}

/** Withholds what was planned from the next plans, until the conflict check has shown who holds it. */
export function withhold(ports: readonly PlannedPort[], namespace: string, index: AddressIndex): void {
  for (const port of ports) {
    const { floating, claim } = port;
    if (floating !== undefined) index.floating.withhold(floating, namespace);
    const state = index.switchWith(port.network.switchUuid);
    if (claim !== undefined) {
      index.claims.withheld.add(claimKey(claim.claim));
      state?.withholdClaim(claim.claim);
    }
    state?.withheld.add(port.mac);
    for (const { ip, requested } of port.addresses) {
      state?.withheld.add(addressKey(ip));
      const pool = requested ? undefined : state?.poolGiving(ip);
      if (pool !== undefined) pool.rotor = ip.value + 1n;
    }
  }
}

/** Ends the withholding. From here on the index alone says who holds what. */
export function releaseWithheld(ports: readonly PlannedPort[], index: AddressIndex): void {
  for (const port of ports) {
    if (port.floating !== undefined) index.floating.releaseWithheld(port.floating.externalIp);
    if (port.claim !== undefined) index.claims.withheld.delete(claimKey(port.claim.claim));
    const state = index.switchWith(port.network.switchUuid);
    if (port.claim !== undefined) state?.releaseClaim(port.claim.claim);
    state?.withheld.delete(port.mac);
    for (const { ip } of port.addresses) state?.withheld.delete(addressKey(ip));
  }
}

function filterOf({ network, request }: PlannedPort): PortFilter {
  const { allowedAddresses = [], isTap = false } = request;
  return { mode: network.portSecurity, allowed: allowedAddresses.map(printAllowed), isTap };
}

function ruleOf(id: string, port: PlannedPort, namespace: string): NewFloatingRule | undefined {
  const { floating } = port;
  if (floating === undefined) return undefined;
  const { gateway, externalIp, logicalIp, distributed } = floating;
  const distributedPort = distributed ? portName(id, port) : undefined;
  return newFloatingRule({ externalIp, logicalIp, distributedPort }, { ...gateway, namespace });
}

/** Gives the operations that insert the whole group, and put its ports into their port groups. */
export function groupOperations(
  group: readonly GroupEntry[],
  portGroups: Pick<GroupDirectory, "groupsOf">,
  cluster: string,
  reservedAt: string,
): Operation[] {
  return insertPorts(
    group.flatMap(({ job, attempt }) =>
      attempt.ports.map(
        (port): NewPort => ({
          name: portName(attempt.id, port),
          switchUuid: port.network.switchUuid,
          addresses: [port.mac, ...port.addresses.map(({ ip }) => printIp(ip))].join(" "),
          filter: filterOf(port),
          allocation: allocationOfAttempt(attempt),
          revision: attempt.joins?.revision,
          namespace: job.request.namespace,
          pod: job.request.podName,
          podUid: "",
          network: port.network.name,
          interfaceName: port.request.interfaceName,
          cluster,
          reservedAt,
          groups:
            job.request.pod === undefined
              ? []
              : portGroups.groupsOf(port.network.name, job.request.pod).map(({ uuid }) => uuid),
          floating: ruleOf(attempt.id, port, job.request.namespace),
          ...newPortClaim(port),
          dhcp: port.dhcp,
          replaces: port.replaces,
        }),
      ),
    ),
  );
}
