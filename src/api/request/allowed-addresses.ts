import { refusal } from "#src/core/errors.ts";
import { parseAllowed, printAllowed } from "#src/net/allowed-prefixes.ts";
import type { Cidr } from "#src/net/cidr.ts";
import { elementOf } from "../text/field-place.ts";

const maxAllowed = 16;

/**
 * Reads `allowedAddresses`: addresses and prefixes from which the interface may send besides its own. Throws `Malformed` for a text
 * that is neither, and for more than 16.
 */
export function parseAllowedAddresses(written: string | readonly string[] | undefined, field: string): readonly Cidr[] {
  const texts = typeof written === "string" ? written.split(",") : (written ?? []);
  if (texts.length > maxAllowed) {
    throw refusal("Malformed", {
      field,
      value: written,
      reason: `names ${texts.length} addresses`,
      remedy: `name at most ${maxAllowed}; a prefix stands for many`,
    });
  }
  const found = texts.map((text, index) => {
    const cidr = parseAllowed(text.trim());
    if (cidr !== undefined) return cidr;
    throw refusal("Malformed", {
      field: typeof written === "string" ? field : elementOf(field, index),
      value: text,
      reason: "is neither an address nor a prefix without bits behind its mask",
      remedy: "write one such as 10.1.0.200 or 10.1.0.192/28, or leave it out",
    });
  });
  return [...new Map(found.map((cidr) => [printAllowed(cidr), cidr])).values()];
}
