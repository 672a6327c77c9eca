import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { type MemberNetwork, projectMemberNetwork } from "#src/controllers/chains/chain-members.ts";
import {
  dynamicNetworkManifest,
  planDynamicNetworks,
  readChainSubnets,
} from "#src/controllers/chains/dynamic-networks.ts";
import { hasCode } from "#src/core/errors.ts";
import { printCidr } from "#src/net/cidr.ts";
import { memberNetwork } from "#test/fixtures/controllers/member-network.ts";
import { cidr } from "#test/fixtures/ovn/sample-topology.ts";

const network = (name: string, subnets: readonly string[], more: Partial<MemberNetwork> = {}): MemberNetwork =>
  memberNetwork(name, { subnets: subnets.map(cidr), ...more });
const chain = (networkChain: string, more: { readonly name?: string; readonly right?: string } = {}) =>
  projectChain({
    metadata: { name: more.name ?? "c", namespace: "default", uid: `uid-${more.name ?? "c"}`, resourceVersion: "1" },
    spec: {
      routingSpec: { networkChain, ...(more.right === undefined ? {} : { right: [{ networkName: more.right }] }) },
    },
  });
const pool = readChainSubnets(["10.60.0.0/22", "fd60::/48"]);
const planned = (...args: Parameters<typeof planDynamicNetworks>) => {
  const { missing, unserved, surplus, orphans } = planDynamicNetworks(...args);
  return {
    missing: Object.fromEntries(missing.map(({ name, subnets }) => [name, subnets.map(printCidr).join(" ")])),
    unserved: [...unserved],
    surplus: surplus.map(({ name }) => name),
    orphans: orphans.map(({ name }) => name),
  };
};

describe("planDynamicNetworks", () => {
  it("gives each network that a chain names and nobody made the next free prefix of each family", () => {
    const known = [network("left", ["10.1.0.0/24"]), network("user", ["10.60.1.0/25"])];
    const { missing } = planned([chain("net=left,app=a,net=m1,app=b,net=m2,app=c,net=right")], known, pool, [
      cidr("10.60.0.128/25"),
      cidr("fd60::/64"),
    ]);
    assert.deepEqual(missing, {
      m1: "10.60.2.0/24 fd60:0:0:1::/64",
      m2: "10.60.3.0/24 fd60:0:0:2::/64",
    });
  });

  it("makes none that has a label with the name, and none that left or right names", () => {
    const known = [network("left", []), network("blue", [], { labels: { net: "m1" } })];
    const { missing, unserved } = planned(
      [chain("net=left,app=a,net=m1,app=b", { right: "outside" })],
      known,
      pool,
      [],
    );
    assert.deepEqual([missing, unserved], [{}, []]);
  });

  it("serves none when the pool is used up, or empty", () => {
    const chains = [chain("net=a,app=x,net=b")];
    const one = readChainSubnets(["10.60.0.0/24"]);
    const { missing, unserved } = planned(chains, [], one, []);
    assert.deepEqual([Object.keys(missing), unserved], [["a"], ["b"]]);
    assert.deepEqual(planned(chains, [], [], []).unserved, ["a", "b"]);
  });

  it("finds what was made for a chain that names it no more, or that is gone", () => {
    const known = [
      network("a", [], { maker: "uid-c" }),
      network("old", [], { maker: "uid-c" }),
      network("lost", [], { maker: "uid-gone" }),
      network("mine", []),
    ];
    const { surplus, orphans } = planned([chain("net=a,app=x,net=b")], known, pool, []);
    assert.deepEqual([surplus, orphans], [["old"], ["lost"]]);
  });

  it("leaves everything of a chain that breaks a rule, and cannot be read", () => {
    const { surplus } = planned([chain("net=a")], [network("a", [], { maker: "uid-c" })], pool, []);
    assert.deepEqual(surplus, []);
  });
});

describe("dynamicNetworkManifest", () => {
  it("belongs to the chain, and is known as such when it is read", () => {
    const [one] = planDynamicNetworks([chain("net=a,app=x,net=b")], [], pool, []).missing;
    assert.ok(one);
    const manifest = dynamicNetworkManifest(one) as { metadata: object; spec: object };
    assert.deepEqual(manifest.spec, {
      ipv4Subnets: [{ subnet: "10.60.0.0/24" }],
      ipv6Subnets: [{ subnet: "fd60::/64" }],
    });
    const stored = { ...manifest.metadata, name: "a", uid: "u", resourceVersion: "1" };
    const read = projectMemberNetwork({ metadata: stored, spec: manifest.spec });
    assert.deepEqual([read.maker, read.labels["net"]], ["uid-c", "a"]);
    const going = { ...stored, deletionTimestamp: "2026-01-01T00:00:00Z" };
    assert.equal(projectMemberNetwork({ metadata: going, spec: manifest.spec }).maker, undefined);
  });
});

describe("readChainSubnets", () => {
  it("refuses what is no prefix, or smaller than a network", () => {
    for (const text of ["10.60.0.0", "10.60.0.0/25", "fd60::/65", "x"]) {
      assert.throws(
        () => readChainSubnets([text]),
        (error) => hasCode(error, "ConfigInvalid"),
      );
    }
  });
});
