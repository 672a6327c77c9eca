import { findFloatingClash } from "#src/api/uplink/floating-clash.ts";
import { parseUplink, type UplinkConfig } from "#src/api/uplink/uplink-config.ts";
import { findSubnetProblem } from "#src/api/uplink/uplink-in-subnet.ts";
import { isRefusal, refusal } from "#src/core/errors.ts";
import { addressKey } from "#src/ipam/index/address-key.ts";
import { otherHolders } from "#src/ipam/index/other-holders.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { equalIp, printIp } from "#src/net/ip.ts";
import { printRange, rangeHolds } from "#src/net/range.ts";
import type { StoredUplink } from "#src/pods/stored/stored-uplinks.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed, denied } from "../admission/response.ts";
import { appliedObject } from "./applied-object.ts";

export interface UplinkHandlerOptions {
  readonly index: NbAllocator["index"];
  readonly stored: () => Iterable<StoredUplink>;
}

/** Handles the validating entry for Uplinks: it checks what the rules of the CRD cannot. The controller checks again. */
export function createUplinkHandler({ index, stored }: UplinkHandlerOptions): AdmissionHandler {
  return async (request) => {
    const object = appliedObject(request);
    if (object === undefined) return Promise.resolve(allowed());
    const { name } = request;
    try {
      const config = parseUplink(object);
      refuseSameAddress(
        config,
        [...stored()].filter((other) => other.name !== name),
      );
      if (config.outside.kind === "physical") return allowed();
      const [state] = index.named(config.outside.name);
      if (state === undefined) {
        return allowed({
          warnings: [`there is no ProviderNetwork ${config.outside.name} yet, and the uplink waits for it`],
        });
      }
      const problem = findSubnetProblem(config, state.network.subnets);
      if (problem !== undefined) throw refusal(problem.code, problem);
      refuseGatewayInPool(config, state);
      for (const [at, own] of config.addresses.entries()) refuseOnSwitch(config, at, own, state, index);
      return allowed();
    } catch (error) {
      if (isRefusal(error)) return denied(error);
      throw error;
    }
  };
}

function refuseSameAddress(own: UplinkConfig, others: readonly StoredUplink[]): void {
  const { outside, addresses } = own;
  for (const other of others) {
    const config = readStored(other.object);
    if (config?.outside.kind !== outside.kind || config.outside.name !== outside.name) continue;
    for (const [at, { address }] of addresses.entries()) {
      if (!config.addresses.some((taken) => equalIp(taken.address, address))) continue;
      throw refusal("AddressInUse", {
        field: `spec.addresses[${at}]`,
        value: printIp(address),
        reason: `is the address of the Uplink ${other.name} in ${outside.name}`,
        remedy: "choose another address",
      });
    }
    const clash = findFloatingClash(own, config);
    if (clash === undefined) continue;
    throw refusal("AddressInUse", {
      ...clash,
      reason: `${clash.reason} the Uplink ${other.name} in ${outside.name}`,
      remedy: "choose other addresses",
    });
  }
}

/** Refuses the address of a router of the ProviderNetwork. The allocator leaves out addresses that pods have, while they have them. */
function refuseGatewayInPool({ floating, outside }: UplinkConfig, { network }: SwitchState): void {
  for (const [at, range] of (floating?.ranges ?? []).entries()) {
    const gateway = network.subnets.map((subnet) => subnet.gateway).find((ip) => ip && rangeHolds(range, ip));
    if (gateway === undefined) continue;
    throw refusal("AddressReserved", {
      field: `spec.floating.addresses[${at}]`,
      value: printRange(range),
      reason: `contains ${printIp(gateway)}, the gateway of the ProviderNetwork ${outside.name}`,
      remedy: "write ranges before and after it",
    });
  }
}

/** The port of the gateway stands among pods, whose addresses are known. */
function refuseOnSwitch(
  { name, outside }: UplinkConfig,
  at: number,
  { address }: UplinkConfig["addresses"][number],
  state: SwitchState,
  index: NbAllocator["index"],
): void {
  const field = `spec.addresses[${at}]`;
  const value = printIp(address);
  const self = { kind: "router port", name: `etor-ovn4nfv-gateway-${name}` };
  const others = otherHolders(index, state, addressKey(address), "conflict check");
  if (others.every((other) => other.kind === self.kind && "name" in other && other.name === self.name)) return;
  throw refusal("AddressInUse", {
    field,
    value,
    reason: `is held by somebody else on the ProviderNetwork ${outside.name}`,
    remedy: "choose another address; `ovn4nfv addresses` shows who has which",
  });
}

/** A stored Uplink that breaks the rules has no rows. It was stored before the rules existed. */
function readStored(object: unknown): UplinkConfig | undefined {
  try {
    return parseUplink(object);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
