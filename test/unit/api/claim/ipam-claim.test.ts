import assert from "node:assert/strict";
import { test } from "node:test";
import { haveSameIps, printKept, readIpamClaim } from "#src/api/claim/ipam-claim.ts";
import { printIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";

const mac = parseMac("0a:58:0a:00:00:05");

test("addresses are read with and without the length of the prefix, as others write them", () => {
  const claim = readIpamClaim({ spec: { network: "blue" }, status: { ips: ["10.0.0.5/24", "fd00::5"] } }, undefined);
  assert.deepEqual([claim.network, claim.ips?.map(printIp)], ["blue", ["10.0.0.5", "fd00::5"]]);
});

test("a claim without a status has no addresses, and one with other words there says none that can be used", () => {
  assert.deepEqual(readIpamClaim({ spec: { network: "blue" } }, undefined).ips, []);
  assert.equal(readIpamClaim({ spec: { network: "blue" }, status: { ips: ["here"] } }, undefined).ips, undefined);
  assert.deepEqual(readIpamClaim({ status: "odd" }, undefined).network, "");
});

test("odd fields beside the addresses take no addresses away", () => {
  for (const odd of [{ ownerPod: {} }, { ownerPod: "web" }, { conditions: [{ type: "Ready" }] }, { conditions: 1 }]) {
    const claim = readIpamClaim({ spec: { network: "blue" }, status: { ips: ["10.0.0.5/24"], ...odd } }, undefined);
    assert.deepEqual(claim.ips?.map(printIp), ["10.0.0.5"], JSON.stringify(odd));
  }
  assert.equal(readIpamClaim({ status: { ips: "10.0.0.5" } }, undefined).ips, undefined);
});

test("what we keep beside the standard is read as it was written, and nothing else is taken for it", () => {
  assert.ok(mac !== undefined);
  const kept = { network: "blue", mac };
  assert.deepEqual(readIpamClaim({}, printKept(kept)).kept, kept);
  for (const odd of ["{", "null", '{"network":"blue"}', '{"network":"blue","mac":"x"}']) {
    assert.equal(readIpamClaim({}, odd).kept, undefined, odd);
  }
});

test("lists with the same addresses are the same, whatever their order and prefix lengths", () => {
  assert.equal(haveSameIps(["10.0.0.5/24", "FD00::5"], ["fd00::5/64", "10.0.0.5"]), true);
  assert.equal(haveSameIps(["10.0.0.5"], ["10.0.0.6"]), false);
});
