import assert from "node:assert/strict";
import { test } from "node:test";
import { SparseBits } from "#src/net/sparse-bits.ts";

function filled(first: bigint, count: number): SparseBits {
  const bits = new SparseBits();
  for (let i = 0; i < count; i += 1) bits.add(first + BigInt(i));
  return bits;
}

test("an empty set begins with its first clear number anywhere", () => {
  for (const at of [0n, 31n, 32n, 1n << 100n]) assert.equal(new SparseBits().nextClear(at), at);
});

test("every bit of a word is distinguished from its neighbours, the sign bit included", () => {
  const bits = new SparseBits();
  bits.add(31n);
  assert.deepEqual(
    [30n, 31n, 32n, 63n].map((at) => bits.has(at)),
    [false, true, false, false],
  );
  assert.equal(bits.nextClear(31n), 32n);
});

test("full words are skipped on every level", () => {
  for (const count of [32, 1024, 1024 + 1, 32_768, 40_000]) {
    const bits = filled(0n, count);
    assert.equal(bits.nextClear(0n), BigInt(count));
    assert.equal(bits.nextClear(BigInt(count - 1)), BigInt(count));
  }
});

test("a hole deep inside a full run is found again", () => {
  const bits = filled(0n, 40_000);
  bits.delete(33_333n);
  assert.equal(bits.has(33_333n), false);
  assert.equal(bits.nextClear(5n), 33_333n);
  assert.equal(bits.nextClear(33_334n), 40_000n);
  bits.add(33_333n);
  assert.equal(bits.nextClear(5n), 40_000n);
});

test("a run across a word boundary beyond 2^53 keeps every number exact", () => {
  const first = (1n << 90n) + 29n;
  const bits = filled(first, 70);
  assert.equal(bits.nextClear(first), first + 70n);
  assert.equal(bits.nextClear(first - 1n), first - 1n);
});

test("adding or deleting twice is the same as once", () => {
  const bits = filled(0n, 64);
  bits.add(7n);
  assert.equal(bits.nextClear(0n), 64n);
  bits.delete(7n);
  bits.delete(7n);
  bits.delete(500n);
  assert.equal(bits.nextClear(0n), 7n);
  assert.equal(bits.nextClear(8n), 64n);
});
