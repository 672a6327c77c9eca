import assert from "node:assert/strict";
import { test } from "node:test";
import { type OrdinalSet, withOrdinalAddresses } from "#src/pods/demand/ordinal-addresses.ts";
import { ipOf, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const request = requestOf(portRequest("blue"), portRequest("red"));
const list = (ip: string) => [{ ip: ipOf(ip), prefixLength: undefined }];
const lists = { field: "request: interface[1].ordinalAddresses", lists: [list("10.0.0.5"), list("10.0.0.6")] };
const replica = (ordinal: number) => ({ set: "db", setUid: "u", ordinal, name: `db-${ordinal}` });
const asked = (ordinal: number, set: OrdinalSet | undefined) =>
  withOrdinalAddresses(
    request,
    { replica: replica(ordinal), lists: [undefined, lists] },
    () => Promise.resolve(set),
    {},
  );

test("a replica gets the list of its ordinal, counted from the first one of the set", async () => {
  const { ports } = await asked(6, { uid: "u", start: 5 });
  assert.equal(ports[0], request.ports[0]);
  assert.deepEqual(
    [ports[1]?.addresses, ports[1]?.addressField],
    [list("10.0.0.6"), "request: interface[1].ordinalAddresses[1]"],
  );
});

test("a replica without a list is refused with the cure, and so is one whose set is not there", async () => {
  await assert.rejects(
    asked(2, { uid: "u", start: 0 }),
    /ReplicaInvalid: request: interface\[1\]\.ordinalAddresses 2 has 2 lists, counted from the replica 0, so that db-2 has none; add the addresses of the replicas up to 2, or scale/,
  );
  await assert.rejects(
    asked(4, { uid: "u", start: 5 }),
    /counts from spec\.ordinals\.start, which is 5, so that db-4 has none/,
  );
  for (const set of [undefined, { uid: "another", start: 0 }]) {
    await assert.rejects(asked(0, set), /the StatefulSet db, which is not there; create the StatefulSet/);
  }
});

test("no set is read for a pod without lists", async () => {
  const never = () => Promise.reject(new Error("asked"));
  assert.equal(await withOrdinalAddresses(request, undefined, never, {}), request);
});
