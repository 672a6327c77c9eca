import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClaimSource, type KnownClaim, type NamedClaim, withClaims } from "#src/pods/networks/named-claims.ts";
import { ipOf, macOf, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const claim = { field: "interface[0].claim", name: "web.blue", network: "blue", addresses: [] };
const request = requestOf({ ...portRequest("blue"), claim });
const stored: NamedClaim = {
  network: "blue",
  ips: [ipOf("10.0.0.5")],
  mac: macOf("0a:58:0a:00:00:05"),
  isKept: true,
  isDeleting: false,
};
type Found = NamedClaim | undefined | "no kind";
const sourceOf = (found: Found, known: readonly KnownClaim[] = []): ClaimSource => {
  return { find: () => Promise.resolve(found), known: () => known };
};
const filled = (found: Found) => withClaims(request, sourceOf(found), {}, []);

test("a port gets the addresses of its claim, and the first ones under its name when it is not there yet", async () => {
  const [port] = (await filled(stored)).ports;
  assert.deepEqual(port?.claim?.addresses, [{ ip: ipOf("10.0.0.5"), prefixLength: undefined }]);
  assert.deepEqual([port.claim.mac, port.claim.isKept], ["0a:58:0a:00:00:05", true]);
  assert.equal((await filled({ ...stored, isKept: false })).ports[0]?.claim?.isKept, false);
  assert.deepEqual((await filled(undefined)).ports[0]?.claim, claim);
});

test("without the CRD a claim may still come, but one that is to be made would not, so that the pod is told", async () => {
  assert.deepEqual((await filled("no kind")).ports[0]?.claim, claim);
  const mark = { set: "db", uid: "u", network: "blue", interface: "net1", whenScaled: "Retain" } as const;
  const sticky = requestOf({ ...portRequest("blue"), claim: { ...claim, sticky: mark } });
  await assert.rejects(
    withClaims(sticky, sourceOf("no kind"), {}, []),
    /ClaimInvalid: .* needs IPAMClaims, .*; let an administrator install their CRD: kubectl apply -k deploy/,
  );
});

test("a request without claims asks for none", async () => {
  const plain = requestOf(portRequest("blue"));
  const asked = { find: () => Promise.reject(new Error("asked")), known: () => [] };
  assert.equal(await withClaims(plain, asked, {}, []), plain);
});

test("a claim that is not there is told of, with the name that was probably meant", async () => {
  const known = (name: string, more: object = {}): KnownClaim => ({ ...stored, namespace: "default", name, ...more });
  const told = async (name: string, isWritten: boolean, ...others: readonly KnownClaim[]) => {
    const warnings: string[] = [];
    const asking = requestOf({ ...portRequest("blue"), claim: { ...claim, name, isWritten } });
    await withClaims(asking, sourceOf(undefined, others), {}, warnings);
    return warnings;
  };
  const says = 'interface[0].claim "web.bleu" names an IPAMClaim that does not exist yet';
  assert.deepEqual(await told("web.bleu", true, known("db.blue"), known("web.blue")), [
    `${says}; did you mean "web.blue"?`,
  ]);
  assert.deepEqual(await told("web.bleu", true), [`${says}: until it does, its addresses end with the pod`]);
  assert.deepEqual(await told("web.bleu", true, known("web.blue", { network: "red" })), [
    `${says}: until it does, its addresses end with the pod`,
  ]);
  assert.equal((await told("web.bleu", false, known("web.blue"))).length, 1);
  assert.deepEqual(await told("web-1.blue", false, known("web-0.blue")), [], "replicas are named alike on purpose");
  const there: string[] = [];
  await withClaims(request, sourceOf(stored), {}, there);
  assert.deepEqual(there, []);
});

test("a claim whose status has more addresses than an interface may have is refused", async () => {
  const ips = (count: number) => Array.from({ length: count }, (_, n) => ipOf(`10.0.0.${(n + 1).toString()}`));
  assert.equal((await filled({ ...stored, ips: ips(16) })).ports[0]?.claim?.addresses.length, 16);
  await assert.rejects(
    filled({ ...stored, ips: ips(17) }),
    /ClaimInvalid: .* more than 16 addresses; write at most 16/,
  );
});

test("a claim that is deleted, for another network or with other words for addresses is refused with its cure", async () => {
  await assert.rejects(filled({ ...stored, isDeleting: true }), /ClaimInvalid: .* is being deleted; wait/);
  await assert.rejects(
    filled({ ...stored, network: "red" }),
    /is for the network "red", and .*"blue"; name a claim whose/,
  );
  await assert.rejects(filled({ ...stored, ips: undefined }), /names no addresses; correct status\.ips/);
});

test("claims that are not there cost a pod a bounded number of comparisons, however many it names", async () => {
  let visited = 0;
  const known = Array.from({ length: 2_000 }, (_, n) => ({
    ...stored,
    namespace: "default",
    network: "red",
    get name() {
      visited += 1;
      return `${"a".repeat(60)}${n}`;
    },
  }));
  const name = "a".repeat(62);
  const ports = Array.from({ length: 32 }, () => ({ ...portRequest("blue"), claim: { ...claim, name } }));
  await withClaims(requestOf(...ports), sourceOf(undefined, known), {}, []);
  assert.ok(visited < 1_000, `${visited} names`);
});
