import assert from "node:assert/strict";
import { test } from "node:test";
import { printCidr } from "#src/net/cidr.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { noSubnets, readSubnets } from "#src/ovn/switches/switch-subnets.ts";

const read = (subnets: string | undefined) => {
  const external_ids = new Map(subnets === undefined ? [] : [[externalId("subnets"), subnets]]);
  return readSubnets({ other_config: new Map(), external_ids }, [])?.map(({ cidr }) => printCidr(cidr));
};

test("a switch says by a word of its own that pods get a MAC address only", () => {
  assert.equal(read(noSubnets), undefined);
  assert.deepEqual(read(""), [], "a text without a prefix is a fault, which the reader of the switch tells");
  assert.deepEqual(read(undefined), []);
  assert.deepEqual(read("10.1.0.0/24, fd10::/64"), ["10.1.0.0/24", "fd10::/64"]);
});
