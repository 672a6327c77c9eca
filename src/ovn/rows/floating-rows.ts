// The NAT rule of a floating address: an address outside that belongs to one address inside, in both directions. A request of
// a pod and a FloatingIP make the same rule.
import { type IpAddress, printIp } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import { externalId } from "../external-ids.ts";
import type { NewFloatingRule } from "../floating/floating-operations.ts";
import { macOfAddress } from "../links/router-link.ts";

/** A floating address and the address inside to which it belongs. */
export interface FloatingRule {
  readonly externalIp: IpAddress;
  readonly logicalIp: IpAddress;
  /**
   * The name of the switch port from whose chassis packets leave and at which they arrive; undefined where that is the chassis
   * of the gateway.
   */
  readonly distributedPort: string | undefined;
}

/** Gives the columns of the rule in the table NAT, all but `external_ids` (ovn-nb(5), NAT). */
export function floatingColumns({ externalIp, logicalIp, distributedPort }: FloatingRule) {
  return {
    type: "dnat_and_snat",
    external_ip: printIp(externalIp),
    logical_ip: printIp(logicalIp),
    logical_port: distributedPort,
    external_mac: distributedPort === undefined ? undefined : floatingMac(externalIp),
  };
}

/** The MAC with which a chassis answers for a floating address. It is made of the address, so that it stays when the pod changes. */
export function floatingMac(externalIp: IpAddress): Mac {
  return macOfAddress(externalIp);
}

/** The keys of ours that the rule has besides owner and cluster, by which the limit of a namespace is counted. */
export function floatingKeys(rule: { readonly uplink: string; readonly namespace: string }) {
  return { [externalId("uplink")]: rule.uplink, [externalId("namespace")]: rule.namespace };
}

/** The rule of a pod's port, to be inserted in the transaction of the port. */
export function newFloatingRule(
  rule: FloatingRule,
  where: { readonly routerUuid: string; readonly uplink: string; readonly namespace: string },
): NewFloatingRule {
  return { routerUuid: where.routerUuid, columns: floatingColumns(rule), keys: floatingKeys(where) };
}
