// The addresses that a port has for its claim, as one text. Somebody may have edited the row, and then it is read from what is left.
import type { Row } from "ovsdb-client";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { externalId } from "../external-ids.ts";
import type { logicalSwitchPort } from "../nb-tables.ts";
import { filterOfPort } from "../port-security.ts";

type ClaimedColumns = Pick<Row<typeof logicalSwitchPort>, "addresses" | "port_security" | "external_ids">;

/**
 * Gives `<mac> <ip>...`: what the port waits with, or its addresses, or its port security, which was written with the same addresses.
 * Undefined when none of them has a MAC and IPs: words such as `dynamic` are no addresses that anybody could keep.
 */
export function claimedAddresses({ addresses, port_security, external_ids }: ClaimedColumns): string | undefined {
  const waitsWith = external_ids.get(externalId("waits-with"));
  if (waitsWith !== undefined && isMacWithIps(waitsWith)) return waitsWith;
  const allowed = new Set(filterOfPort(external_ids).allowed);
  const secured = port_security.map((entry) =>
    entry
      .split(" ")
      .filter((word) => !allowed.has(word))
      .join(" "),
  );
  return [...addresses, ...secured].find(isMacWithIps);
}

function isMacWithIps(text: string): boolean {
  const [mac = "", ...ips] = text.split(" ");
  return parseMac(mac) !== undefined && ips.length > 0 && ips.every((ip) => parseIp(ip) !== undefined);
}
