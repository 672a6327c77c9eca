import assert from "node:assert/strict";
import { test } from "node:test";
import { dryRunAllocator } from "#src/commands/admit/dry-run-allocator.ts";
import { systemClock } from "#src/core/clock.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

function open(allowed = "default") {
  const ids = { subnets: "10.0.0.0/29", "allowed-namespaces": allowed };
  const { index } = indexedNb({ switches: [{ name: "blue", ids }] });
  return (anySwitch = false) => dryRunAllocator(index, systemClock, anySwitch);
}

function asking(ip?: string) {
  const wanted = ip === undefined ? undefined : parseIp(ip);
  const addresses = wanted === undefined ? [] : [{ ip: wanted, prefixLength: undefined }];
  const port = { field: "interface[0]", network: "blue", interfaceName: "net1", addresses, mac: undefined };
  return { namespace: "default", podName: "a", ports: [port] };
}

test("pods of one run get different addresses, and the last one is refused as it would be", async () => {
  const allocator = open()();
  const seen = new Set<string>();
  for (let n = 0; n < 5; n += 1) {
    const [port] = await allocator.plan(asking(), {});
    for (const { ip } of port?.addresses ?? []) seen.add(printIp(ip));
  }
  assert.equal(seen.size, 5);
  await assert.rejects(allocator.plan(asking(), {}), { code: "PoolExhausted" });
});

test("an address that an earlier pod of the run asked for is in use", async () => {
  const allocator = open()();
  await allocator.plan(asking("10.0.0.4"), {});
  await assert.rejects(allocator.plan(asking("10.0.0.4"), {}), { code: "AddressInUse" });
});

test("the allowed namespaces count, unless any switch may be asked for", async () => {
  const with_ = open("telco");
  await assert.rejects(with_().plan(asking(), {}), { code: "NotAllowed" });
  assert.equal((await with_(true).plan(asking(), {})).length, 1);
});

test("a dry run cannot allocate", async () => {
  await assert.rejects(open()().allocate(asking(), {}), { code: "Internal" });
});
