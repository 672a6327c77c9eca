import { changeIn, type RowChange } from "ovsdb-client";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { floatingIpScopes } from "#src/ovn/rows/floating-ip-rows.ts";
import { couldBeOurs } from "#src/ovn/rows/own-names.ts";
import { serviceScopes } from "#src/ovn/rows/service-rows.ts";
import { acl, logicalRouter, portGroup } from "#src/ovn/owned/topology-tables.ts";
import { adopterOf } from "#src/ovn/rows/network-rows-adopted.ts";

/** The Networks that a message of NB concerns. */
export interface TouchedNetworks {
  /** True when rows of ours besides the ports of pods changed, or rows whose names could be ours. */
  readonly own: boolean;
  /** UIDs of Networks whose rows changed. */
  readonly networks: ReadonlySet<string>;
  /** UIDs of Networks on whose switch ports came or went. */
  readonly used: ReadonlySet<string>;
  /** Names of switches that came or went, whoever made them. */
  readonly names: ReadonlySet<string>;
}

/** Sorts the changes of one message. Most of them are ports of pods, and concern only the switch that has the port. */
export function touchedBy(changes: readonly RowChange[]): TouchedNetworks {
  const networks = new Set<string>();
  const used = new Set<string>();
  const names = new Set<string>();
  let own = false;
  for (const change of changes) {
    const onSwitch = changeIn(logicalSwitch, change);
    const row = onSwitch?.after ?? onSwitch?.before;
    if (onSwitch !== undefined && row !== undefined) {
      const uid = networkOf(row);
      if (uid !== undefined && onSwitch.deltas.ports !== undefined) used.add(uid);
      const [was, is] = [onSwitch.before?.name, onSwitch.after?.name];
      if (was !== is) for (const name of [was, is]) if (name !== undefined) names.add(name);
      if (!isOnlyPorts(onSwitch)) {
        own = true;
        // The maker of an adopted switch may have changed what our keys say, or taken its consent back.
        for (const side of [onSwitch.before, onSwitch.after]) {
          const adopter = side && adopterOf(side);
          if (adopter !== undefined) networks.add(adopter);
        }
      }
    }
    // The groups and ACLs of policies are the business of their own controller. Groups change with every pod that joins one.
    if (change.table === portGroup.name || change.table === acl.name) continue;
    if (namesIn(change).some(couldBeOurs)) own = true;
    for (const side of [change.before, change.after]) {
      const ids = side?.["external_ids"] as ReadonlyMap<string, string> | undefined;
      if (ids === undefined || portOwner(ids) !== undefined) continue;
      const [scope] = ids.get(externalId("row"))?.split("/") ?? [];
      if (scope === undefined || (onSwitch !== undefined && isOnlyPorts(onSwitch))) continue;
      // Floating addresses, and backends of Services, come and go with pods. They are nothing to the rows of Networks and gateways.
      if (scope === floatingIpScopes || scope === serviceScopes || isOnlyAddresses(change)) continue;
      own = true;
      networks.add(scope);
    }
  }
  return { own, networks, used, names };
}

/** The names that came or went with a change, whoever has the row. */
function namesIn({ before, after }: RowChange): readonly unknown[] {
  const [was, is] = [before?.["name"], after?.["name"]];
  return was === is ? [] : [was, is];
}

/** The columns of a router that name its floating addresses, and those of Services. */
const addressColumns: ReadonlySet<string> = new Set(["nat", "load_balancer"]);

/** True for a router of which only the rules of NAT or the load balancers are others than before. */
function isOnlyAddresses(change: RowChange): boolean {
  const { before, after } = changeIn(logicalRouter, change) ?? {};
  if (before === undefined || after === undefined) return false;
  return (Object.keys(after) as (keyof typeof after)[]).every(
    (name) => addressColumns.has(name) || before[name] === after[name],
  );
}

function isOnlyPorts({ before, after }: RowChange<typeof logicalSwitch>): boolean {
  return before !== undefined && before.name === after?.name && before.external_ids === after.external_ids;
}
