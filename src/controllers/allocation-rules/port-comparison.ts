import type { Row } from "ovsdb-client";
import { externalId } from "#src/ovn/external-ids.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { type PortFilter, portSecurityOf } from "#src/ovn/port-security.ts";
import type { controllerPort } from "../northbound/controller-tables.ts";
import type { PortRow } from "./allocation-rows.ts";

/** True when a port is as it was written for the interface. */
export type IsAsWritten = (port: PortRow, result: InterfaceResult) => boolean;

/** A port as NB has it, and the name of the switch that has the port. */
export interface PortInNb {
  readonly row: Row<typeof controllerPort>;
  readonly network: string | undefined;
}

/**
 * Compares the columns that `insertPorts` writes. Other options than ours, and columns that others may use, are not
 * looked at. This is asked for 20,000 ports at a time, so it parses no address where the texts are equal.
 */
export function isAsWritten({ row, network }: PortInNb, allocation: string, result: InterfaceResult): boolean {
  const text = addressesText(result);
  return (
    network === result.network &&
    hasAddresses(row, result, text) &&
    row.type === "" &&
    row.options.get("iface-id-ver") === allocation
  );
}

function hasAddresses(row: PortInNb["row"], result: InterfaceResult, text: string): boolean {
  const waitsWith = row.external_ids.get(externalId("waits-with"));
  if (waitsWith !== undefined) {
    const isOff = row.addresses.length === 0 && row.port_security.length === 0 && row.enabled === false;
    return isOff && saysOnly([waitsWith], text);
  }
  const forwards = row.external_ids.has(externalId("forwards-for"));
  return (
    saysOnly(row.addresses, text) &&
    isSecured(row.port_security, result, text, forwards) &&
    (row.enabled === false) === (result.tap === true)
  );
}

/** These are the texts of `addresses` and `port_security` of the port: `<mac> <ip>...`. */
export function addressesText({ mac_address, ip_address }: InterfaceResult): string {
  return ip_address.reduce((text, address) => `${text} ${withoutLength(address)}`, mac_address);
}

/** The filter of the port besides its addresses. */
export function filterOfResult({ port_security, allowed_addresses = [], tap }: InterfaceResult): PortFilter {
  return { mode: port_security ?? "full", allowed: allowed_addresses, ...(tap === true ? { isTap: true } : {}) };
}

function isSecured(column: readonly string[], result: InterfaceResult, text: string, forwards: boolean): boolean {
  const [wanted] = portSecurityOf(text, { ...filterOfResult(result), forwards });
  return wanted === undefined ? column.length === 0 : saysOnly(column, wanted);
}

function withoutLength(address: string): string {
  const slash = address.indexOf("/");
  return slash < 0 ? address : address.slice(0, slash);
}

/** The order of the words has no meaning. */
function saysOnly(column: readonly string[], text: string): boolean {
  if (column.length !== 1) return false;
  const [said = ""] = column;
  return said === text || sorted(said) === sorted(text);
}

function sorted(text: string): string {
  return text.split(" ").sort().join(" ");
}
