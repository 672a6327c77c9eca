// The operations that insert and delete the NAT rules of floating addresses. They write NAT rows and the column `nat` of gateways,
// which northd processes incrementally from OVN 24.03 on.
import { insert, mutate, namedUuid, type Operation } from "ovsdb-client";
import { externalId, ownerValue } from "../external-ids.ts";
import { gatewayRouter, nat } from "../nb-tables.ts";

/** The rule of a port that is being written, as src/ovn/rows/floating-rows.ts makes it. */
export interface NewFloatingRule {
  readonly routerUuid: string;
  readonly columns: {
    readonly type: string;
    readonly external_ip: string;
    readonly logical_ip: string;
    readonly logical_port: string | undefined;
    readonly external_mac: string | undefined;
  };
  /** Keys of ours besides those of the port. */
  readonly keys: Readonly<Record<string, string>>;
}

/** The port to which a rule belongs. */
interface RuleOwner {
  readonly allocation: string;
  readonly interfaceName: string;
  readonly cluster: string;
}

/** A rule as it was read: its row, and the gateway that has it. */
export interface RuleRef {
  readonly uuid: string;
  readonly routerUuid: string;
}

/** Inserts the rule of a port and adds it to the gateway. NB collects it at once when the gateway is gone. */
export function insertRule(owner: RuleOwner, rule: NewFloatingRule, uuidName: string): Operation[] {
  const external_ids = {
    [externalId("owner")]: ownerValue,
    [externalId("cluster")]: owner.cluster,
    [externalId("allocation")]: owner.allocation,
    [externalId("interface")]: owner.interfaceName,
    ...rule.keys,
  };
  return [
    insert(nat, { ...rule.columns, external_ids }, uuidName),
    mutate(gatewayRouter, [["_uuid", "==", rule.routerUuid]], [["nat", "insert", [namedUuid(uuidName)]]]),
  ];
}

/** Takes rules off their gateways. NB then collects the rows. A rule that is gone already changes nothing. */
export function deleteRules(rules: readonly RuleRef[]): Operation[] {
  const byRouter = Map.groupBy(rules, ({ routerUuid }) => routerUuid);
  return [...byRouter].map(([uuid, members]) =>
    mutate(gatewayRouter, [["_uuid", "==", uuid]], [["nat", "delete", members.map((rule) => rule.uuid)]]),
  );
}
