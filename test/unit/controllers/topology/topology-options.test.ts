import assert from "node:assert/strict";
import { test } from "node:test";
import { readTopology, type TopologyTexts } from "#src/controllers/topology/topology-options.ts";
import { AppError } from "#src/core/errors.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

const texts: TopologyTexts = {
  joinSubnets: ["100.64.0.0/16", "fd98::/64"],
  gatewayChassis: ["node-1", "node-2"],
  gatewaySelector: "",
  uplinkNetwork: "provider",
  uplinkAddresses: ["192.0.2.10/24", "2001:db8::10/64"],
  uplinkNextHops: ["192.0.2.1", "2001:db8::1"],
};

test("nodes that a selector names carry an uplink, too", () => {
  const { uplink } = readTopology({ ...texts, gatewayChassis: [], gatewaySelector: "edge" });
  assert.equal(uplink?.physicalNetwork, "provider");
});

test("texts of both families become the topology", () => {
  assert.deepEqual(readTopology(texts), sampleTopology(true));
  assert.deepEqual(readTopology({ ...texts, uplinkNetwork: undefined }), sampleTopology(false));
});

const wrongJoins: readonly (readonly [string, Partial<TopologyTexts>, RegExp])[] = [
  ["no join subnet", { joinSubnets: [] }, /^--join-subnets names none/],
  [
    "two join subnets of a family",
    { joinSubnets: ["100.64.0.0/16", "100.65.0.0/16"] },
    /^--join-subnets "100.65.0.0\/16" is the second/,
  ],
  ["a join subnet without room", { joinSubnets: ["100.64.0.0/31"] }, /no room for two/],
  ["a join subnet that is none", { joinSubnets: ["100.64.0.0"] }, /is not a prefix/],
];

for (const [title, changes, message] of wrongJoins) {
  test(`${title} is refused`, () => {
    assert.throws(
      () => readTopology({ ...texts, ...changes }),
      (error) => error instanceof AppError && error.code === "ConfigInvalid" && message.test(error.message),
    );
  });
}

const wrongUplinks: readonly (readonly [string, Partial<TopologyTexts>, RegExp])[] = [
  ["an uplink without chassis", { gatewayChassis: [] }, /^--uplink-network "provider" .*no chassis carries/],
  ["an uplink without address", { uplinkAddresses: [] }, /^--uplink-addresses names none/],
  [
    "an uplink address without mask",
    { uplinkAddresses: ["203.0.113.50"] },
    /^--uplink-addresses "203.0.113.50" is not an address with a mask, such as 203.0.113.50\/24$/,
  ],
  [
    "a next hop of a family without address",
    { uplinkAddresses: ["192.0.2.10/24"] },
    /^--uplink-next-hops "2001:db8::1" is IPv6/,
  ],
  [
    "a second next hop of a family",
    { uplinkNextHops: ["192.0.2.1", "192.0.2.2"] },
    /^--uplink-next-hops "192.0.2.2" is the second/,
  ],
];

for (const [title, changes, problem] of wrongUplinks) {
  test(`${title} names its flag, and the topology stands without it`, () => {
    const { uplink, uplinkProblem, joinSubnets } = readTopology({ ...texts, ...changes });
    assert.equal(uplink, undefined);
    assert.match(uplinkProblem ?? "", problem);
    assert.equal(joinSubnets.length, 2);
  });
}
