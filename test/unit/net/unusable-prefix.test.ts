import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCidr } from "#src/net/cidr.ts";
import { whyUnusable } from "#src/net/unusable-prefix.ts";

function judge(text: string): string | undefined {
  const parsed = parseCidr(text);
  assert.ok(parsed);
  return whyUnusable(parsed.cidr);
}

test("prefixes whose addresses no host can have are named with what is in them", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "0.0.0.0/0": /every address/,
    "::/0": /every address/,
    "0.0.0.0/1": /0\.0\.0\.0\/8/,
    "127.1.0.0/16": /loopback/,
    "169.254.7.0/24": /link-local/,
    "192.0.0.0/2": /multicast/,
    "239.1.0.0/24": /multicast/,
    "255.255.255.0/24": /reserved/,
    "::/64": /loopback/,
    "fe80::/64": /link-local/,
    "ff02::/64": /multicast/,
  };
  for (const [text, says] of Object.entries(wrong)) assert.match(judge(text) ?? "", says, text);
});

test("all other prefixes are fine", () => {
  for (const text of ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.0.2.0/24", "fd00::/8", "2001:db8::/64"]) {
    assert.equal(judge(text), undefined, text);
  }
});
