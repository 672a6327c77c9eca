import { refusal } from "#src/core/errors.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";

/** An address outside that an interface asks for. */
export interface FloatingRequest {
  readonly field: string;
  /** Undefined for any address that is free. */
  readonly address: IpAddress | undefined;
  /** True when packets leave from the node of the pod, and not from that of the gateway. */
  readonly distributed: boolean;
}

/**
 * Reads `externalIp` and `distributed`. Throws `Malformed` for a text that is neither `auto` nor an address, and for `distributed`
 * without an address outside.
 */
export function parseFloatingRequest(
  externalIp: string | undefined,
  distributed: string | undefined,
  fields: { readonly externalIp: string; readonly distributed: string },
): FloatingRequest | undefined {
  if (externalIp === undefined) {
    if (distributed !== "true") return undefined;
    throw refusal("Malformed", {
      field: fields.distributed,
      value: distributed,
      reason: "says from which node an address outside works, and externalIp asks for none",
      remedy: 'write "externalIp": "auto" as well, or leave distributed out',
    });
  }
  const written = externalIp.trim();
  const address = written === "auto" ? undefined : parseIp(written);
  if (written !== "auto" && address === undefined) {
    throw refusal("Malformed", {
      field: fields.externalIp,
      value: externalIp,
      reason: "is neither auto nor an IPv4 or IPv6 address without mask",
      remedy: 'write "externalIp": "auto", or an address such as "198.51.100.20", or leave it out',
    });
  }
  return { field: fields.externalIp, address, distributed: distributed === "true" };
}
