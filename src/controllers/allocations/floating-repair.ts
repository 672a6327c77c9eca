// Compares the address outside of a result with the rule in NB, and says what must be written.
import type { InterfaceResult } from "#src/api/result.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import { outsideHolders } from "#src/ipam/index/floating-search.ts";
import { equalIp, parseIp } from "#src/net/ip.ts";
import { parseCidr } from "#src/net/cidr.ts";
import type { NewFloatingRule, RuleRef } from "#src/ovn/floating/floating-operations.ts";
import { floatingColumns, newFloatingRule } from "#src/ovn/rows/floating-rows.ts";

/** Says what must be written for one port. A text is the reason for which it cannot be. */
export type RuleRepair = string | { readonly rule: NewFloatingRule | undefined; readonly stale: readonly RuleRef[] };

/** True when NB has the rule of the result, and no other one for its port. */
export function hasItsRule(result: InterfaceResult, index: AddressIndex): boolean {
  const rules = index.floating.ofPort(result.port);
  if (result.external_ip === undefined) return rules.length === 0;
  const [only, ...others] = rules;
  return only !== undefined && others.length === 0 && isWanted(only, result);
}

/** Plans the rule of a port. It yields to everybody who has the address by now. */
export function planRule(result: InterfaceResult, namespace: string, index: AddressIndex): RuleRepair {
  const { external_ip, uplink = "", port } = result;
  const now = index.floating.ofPort(port);
  const good = now.find((row) => isWanted(row, result));
  const stale = index.floating.rulesOf(port).filter(({ uuid }) => uuid !== good?.uuid);
  if (external_ip === undefined || good !== undefined) return { rule: undefined, stale };
  const gateway = index.floating.gateway(uplink);
  if (gateway === undefined) return `the gateway of the Uplink ${uplink} is gone`;
  const wanted = wantedRule(result);
  if (wanted === undefined) return `the result of interface ${result.interface} has no address for ${external_ip}`;
  const holder = otherOutside(result, index);
  if (holder !== undefined) return `${holder} holds the address outside of interface ${result.interface}`;
  return { rule: newFloatingRule(wanted, { ...gateway, namespace }), stale };
}

/** Names somebody else who has the address outside of the result. */
export function otherOutside(result: InterfaceResult, index: AddressIndex): string | undefined {
  const { external_ip, uplink = "", port } = result;
  const ip = parseIp(external_ip ?? "");
  const gateway = index.floating.gateway(uplink);
  if (ip === undefined || gateway === undefined) return undefined;
  const [holder] = outsideHolders(index, gateway, ip, result.external_mac !== undefined, port);
  if (holder === undefined) return undefined;
  if (holder.kind === "port") return `port ${index.port(holder.uuid)?.name ?? holder.uuid}`;
  if (holder.kind === "floating") return `the NAT rule of ${holder.row.holder}`;
  return `${holder.kind} ${holder.name}`;
}

function wantedRule({ external_ip, external_mac, ip_address, port }: InterfaceResult) {
  const externalIp = parseIp(external_ip ?? "");
  const logicalIp = ip_address
    .map((text) => parseCidr(text)?.address)
    .find((address) => address !== undefined && address.family === externalIp?.family);
  if (externalIp === undefined || logicalIp === undefined) return undefined;
  return { externalIp, logicalIp, distributedPort: external_mac === undefined ? undefined : port };
}

function isWanted(row: FloatingHolder, result: InterfaceResult): boolean {
  const wanted = wantedRule(result);
  if (wanted === undefined || row.uplink !== result.uplink || !equalIp(row.ip, wanted.externalIp)) return false;
  const columns = floatingColumns(wanted);
  return (
    row.logicalIp === columns.logical_ip &&
    row.distributedPort === columns.logical_port &&
    row.externalMac === columns.external_mac
  );
}
