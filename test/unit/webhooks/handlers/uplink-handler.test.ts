import assert from "node:assert/strict";
import { test } from "node:test";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { reviewRequest } from "#test/fixtures/webhooks/review-request.ts";
import { createUplinkHandler } from "#webhooks/handlers/uplink-handler.ts";

const uplink = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { providerNetwork: "wan", addresses: ["10.9.0.10/24"], ...spec },
});
const context = { signal: new AbortController().signal, deadlineMs: 1_000 };
const fixture = new NbFixture();
fixture.addSwitch("wan", "10.9.0.0/24", { gateways: "10.9.0.1" });
fixture.addPort("wan", "vm", { addresses: "0a:58:0a:09:00:07 10.9.0.7" });
const stored = [{ name: "east", object: uplink("east", { addresses: ["10.9.0.20/24"] }) }];
const handler = createUplinkHandler({ index: fixture.index, stored: () => stored });

async function told(object: ReturnType<typeof uplink>, changes: object = {}): Promise<string> {
  const request = reviewRequest("Uplink", object, { name: object.metadata.name, ...changes });
  const answer = await handler(request, context);
  return answer.allowed ? `allowed ${(answer.warnings ?? []).join()}`.trim() : answer.error.message;
}

test("an Uplink like no other is admitted, and one that is stored as it is again, too", async () => {
  assert.equal(await told(uplink("west")), "allowed");
  assert.equal(await told(uplink("east", { addresses: ["10.9.0.20/24"] })), "allowed");
});

test("an address outside the provider's subnets, with another mask, or of its gateway is refused with what to write", async () => {
  assert.match(
    await told(uplink("west", { addresses: ["10.8.0.10/24"] })),
    /^AddressOutOfRange: spec.addresses\[0\] "10.8.0.10" is in no subnet of the ProviderNetwork wan; write an address in 10.9.0.0\/24/,
  );
  assert.match(await told(uplink("west", { addresses: ["10.9.0.10/16"] })), /another mask.*write 10.9.0.10\/24/);
  assert.match(
    await told(uplink("west", { addresses: ["10.9.0.1/24"] })),
    /^AddressReserved: .*write this one in spec.nextHops/,
  );
});

test("an address that another Uplink or a port has is refused", async () => {
  assert.match(
    await told(uplink("west", { addresses: ["10.9.0.20/24"] })),
    /^AddressInUse: .* is the address of the Uplink east/,
  );
  assert.match(
    await told(uplink("west", { addresses: ["10.9.0.7/24"] })),
    /^AddressInUse: .* is held by somebody else/,
  );
});

test("of two Uplinks that were let in together, each can be marked, and neither changed while they clash", async () => {
  const twin = uplink("west", { addresses: ["10.9.0.20/24"] });
  const update = { operation: "UPDATE", oldObject: twin };
  assert.equal(await told(uplink("west", twin.spec, { finalizers: ["f"] }), update), "allowed");
  assert.match(await told(uplink("west", { ...twin.spec, mtu: 1400 }), update), /^AddressInUse: .* the Uplink east/);
});

test("an Uplink may come before its ProviderNetwork, with a warning, and one that is being deleted may be wrong", async () => {
  assert.match(
    await told(uplink("west", { providerNetwork: "soon" })),
    /^allowed there is no ProviderNetwork soon yet/,
  );
  assert.match(await told(uplink("west", { addresses: ["x"] })), /^Malformed/);
  const going = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  assert.equal(await told(uplink("west", { addresses: ["x"] }, going)), "allowed");
});
