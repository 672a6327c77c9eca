import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { replicaClaimName, replicaOfClaimName } from "#src/api/claim/replica-claim-name.ts";
import { objectNamePattern } from "#src/core/object-name.ts";

test("a claim is named after pod, network and interface, so that people find it", () => {
  assert.equal(replicaClaimName("db-0", "blue", "net1"), "db-0.blue.net1");
  assert.deepEqual(replicaOfClaimName("db-0.blue.net1"), { set: "db", ordinal: 0 });
});

test("where that is no name of an object, or too long, a hash stands for network and interface", () => {
  const odd = [
    ["db-3", "shared switch", "net1"],
    ["db-3", "blue", "Net_1"],
    ["db-3", "blue", "net1.100"],
    ["db-3", "b".repeat(253), "net1"],
  ] as const;
  for (const [pod, network, name] of odd) {
    assert.match(replicaClaimName(pod, network, name), /^db-3\.[0-9a-f]{16}$/);
    assert.deepEqual(replicaOfClaimName(replicaClaimName(pod, network, name)), { set: "db", ordinal: 3 });
  }
});

test("a name that somebody gave a claim of his own names no replica", () => {
  for (const name of ["db", "db.blue", "db-x.blue", "db-01.blue", "db-0"])
    assert.equal(replicaOfClaimName(name), undefined);
});

const interfaceName = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/);

test("no two interfaces of replicas share a name, and each name is one that the API server takes", () => {
  const replica = fc.record({
    set: fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/),
    ordinal: fc.nat({ max: 999_999_999 }),
    network: fc.oneof(
      fc.string({ minLength: 1, maxLength: 300 }),
      fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,3}$/),
    ),
    interfaceName,
  });
  fc.assert(
    fc.property(replica, replica, (a, b) => {
      const [first, second] = [a, b].map(({ set, ordinal, network, interfaceName: name }) =>
        replicaClaimName(`${set}-${ordinal}`, network, name),
      );
      assert.ok(first !== undefined && first.length <= 253 && objectNamePattern.test(first));
      assert.deepEqual(replicaOfClaimName(first), { set: a.set, ordinal: a.ordinal });
      assert.equal(first === second, JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
