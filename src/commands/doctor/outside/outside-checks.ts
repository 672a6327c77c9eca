// The checks of what leads out of the cluster: ProviderNetworks on their wires, and Uplinks with their next hops.
import type { UplinkConfig } from "#src/api/uplink/uplink-config.ts";
import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import type { UplinkObject } from "#src/controllers/uplinks/uplink-object.ts";
import { printIp } from "#src/net/ip.ts";
import { gatewayPort } from "#src/ovn/rows/uplink-rows.ts";
import type { Facts } from "../facts.ts";
import { type DoctorFinding, failed, ok, unknown, warning } from "../finding.ts";
import { judgeFloatingPool } from "./floating-checks.ts";
import type { OutsideFacts } from "./read-outside.ts";

/** Has findings only where there are ProviderNetworks. The wires of nodes have lines of their own. */
export function judgeProviderNetworks({ outside }: Facts): readonly DoctorFinding[] {
  const check = "provider-networks";
  if ("why" in outside) return [unknown(check, outside)];
  const { providerNetworks } = outside.value;
  if (providerNetworks.length === 0) return [];
  const findings = providerNetworks.flatMap(({ namespace, name, status }) => {
    const ready = readyCondition(status);
    if (ready?.status === "True") return [];
    const says = `${namespace}/${name} (${ready?.reason ?? "no status"}): ${ready?.message ?? "nobody has looked at it"}`;
    const cure =
      ready === undefined ? "look at the log of the controller" : "do as the message says: pods cannot join before";
    return [warning(check, says, cure)];
  });
  if (findings.length > 0) return findings;
  return [ok(check, `pods can join all ${providerNetworks.length.toString()}`)];
}

/** Has findings only where there are Uplinks. */
export function judgeUplinks(facts: Facts): readonly DoctorFinding[] {
  const check = "uplinks";
  const { outside } = facts;
  if ("why" in outside) return [unknown(check, outside)];
  const { uplinks } = outside.value;
  if (uplinks.length === 0) return [];
  const findings = uplinks.flatMap((uplink) => judgeUplink(check, uplink, outside.value, facts));
  if (findings.length > 0) return findings;
  const names = uplinks.map(({ name }) => name).join(", ");
  const isSeen = "value" in facts.neighbours;
  return [ok(check, isSeen ? names : `${names}; next hops and mappings are not checked without --sb`)];
}

function judgeUplink(
  check: string,
  { name, config, status }: UplinkObject,
  outside: OutsideFacts,
  facts: Facts,
): readonly DoctorFinding[] {
  const ready = readyCondition(status);
  if (ready?.status !== "True" || typeof config === "string") {
    const says = `${name} (${ready?.reason ?? "no status"}): ${ready?.message ?? "nobody has looked at it"}`;
    const cure = ready === undefined ? "look at the log of the controller" : "do as the message says";
    return [warning(check, says, cure)];
  }
  const chassis = new Set(status?.gatewayChassis ?? []);
  return [
    ...judgeFloatingPool(check, config, outside.providerNetworks),
    ...judgeMappings(check, config, chassis, outside, facts),
    ...judgeNextHops(check, config, facts),
  ];
}

/** A chassis without the mapping takes the gateway, and no frame leaves from there. */
function judgeMappings(
  check: string,
  { name, outside }: UplinkConfig,
  carriers: ReadonlySet<string>,
  { providerNetworks }: OutsideFacts,
  { chassis }: Facts,
): readonly DoctorFinding[] {
  const wire =
    outside.kind === "physical"
      ? outside.name
      : providerNetworks.find((network) => network.name === outside.name)?.status?.physicalNetwork;
  if ("why" in chassis || wire === undefined) return [];
  return chassis.value.flatMap((one) => {
    if (!carriers.has(one.name) || one.mapped?.includes(wire) !== false) return [];
    const says = `${name}: the chassis ${one.name} may carry the gateway, and has no mapping for ${wire}: nothing leaves from there`;
    const cure =
      outside.kind === "physical"
        ? `add ${wire}:BRIDGE to external_ids:ovn-bridge-mappings of Open_vSwitch there, or take the node out of spec.nodes`
        : "look at the log of the agent there, which keeps the mapping";
    return [failed(check, says, cure)];
  });
}

/** OVN keeps the MAC of a router that has answered once. One that became silent later is not seen here. */
function judgeNextHops(
  check: string,
  { name, nextHops }: UplinkConfig,
  { neighbours }: Facts,
): readonly DoctorFinding[] {
  if ("why" in neighbours) return [];
  const port = gatewayPort(name);
  return nextHops.map(printIp).flatMap((hop) => {
    if (neighbours.value.some((one) => one.port === port && one.ip === hop)) return [];
    const says = `${name}: the next hop ${hop} is silent, or nothing was sent there yet: OVN does not know its MAC`;
    const cure =
      "ping something behind it from a pod of a network that names the uplink, and run doctor again; when it stays, look at the router, its VLAN and the cable";
    return [warning(check, says, cure)];
  });
}
