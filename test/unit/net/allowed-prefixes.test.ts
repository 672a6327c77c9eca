import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllowed, printAllowed } from "#src/net/allowed-prefixes.ts";

const printed = (text: string) => {
  const cidr = parseAllowed(text);
  return cidr && printAllowed(cidr);
};

test("an address is printed without a mask, and a prefix with its own", () => {
  const texts = ["10.1.0.200", "10.1.0.200/32", "10.1.0.192/28", "FD00::1", "fd00::/64"];
  assert.deepEqual(texts.map(printed), ["10.1.0.200", "10.1.0.200", "10.1.0.192/28", "fd00::1", "fd00::/64"]);
});

test("bits behind the mask, the whole family and other texts are nothing", () => {
  for (const text of ["10.1.0.200/28", "0.0.0.0/0", "::/0", "10.1.0", "10.1.0.0/33", ""])
    assert.equal(printed(text), undefined, text);
});
