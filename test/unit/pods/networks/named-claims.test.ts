import assert from "node:assert/strict";
import { test } from "node:test";
import { type NamedClaim, withClaims } from "#src/pods/networks/named-claims.ts";
import { ipOf, macOf, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const claim = { field: "interface[0].claim", name: "web.blue", network: "blue", addresses: [] };
const request = requestOf({ ...portRequest("blue"), claim });
const stored: NamedClaim = {
  network: "blue",
  ips: [ipOf("10.0.0.5")],
  mac: macOf("0a:58:0a:00:00:05"),
  isDeleting: false,
};
const filled = (found: NamedClaim | undefined) => withClaims(request, () => Promise.resolve(found), {});

test("a port gets the addresses of its claim, and the first ones under its name when it is not there yet", async () => {
  const [port] = (await filled(stored)).ports;
  assert.deepEqual(port?.claim?.addresses, [{ ip: ipOf("10.0.0.5"), prefixLength: undefined }]);
  assert.equal(port.claim.mac, "0a:58:0a:00:00:05");
  assert.deepEqual((await filled(undefined)).ports[0]?.claim, claim);
});

test("a request without claims asks for none", async () => {
  const plain = requestOf(portRequest("blue"));
  assert.equal(await withClaims(plain, () => Promise.reject(new Error("asked")), {}), plain);
});

test("a claim that is deleted, for another network or with other words for addresses is refused with its cure", async () => {
  await assert.rejects(filled({ ...stored, isDeleting: true }), /ClaimInvalid: .* is being deleted; wait/);
  await assert.rejects(
    filled({ ...stored, network: "red" }),
    /is for the network "red", and .*"blue"; name a claim whose/,
  );
  await assert.rejects(filled({ ...stored, ips: undefined }), /names no addresses; correct status\.ips/);
});
