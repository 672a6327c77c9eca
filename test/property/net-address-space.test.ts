import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AddressSpace } from "#src/net/address-space.ts";
import { type Cidr, isNetworkOrBroadcast, lastIp, sizeOfCidr } from "#src/net/cidr.ts";
import { addressBits, type IpAddress, offsetIp } from "#src/net/ip.ts";
import type { IpRange } from "#src/net/range.ts";
import { SparseBits } from "#src/net/sparse-bits.ts";
import { anyCidr } from "./net-values.ts";

/** The same contract in a naive way: it walks every address of the subnet, and the holders are a list. */
class NaiveSpace {
  readonly usable: bigint[] = [];
  readonly holders: bigint[] = [];
  readonly inCooldown = new Set<bigint>();

  constructor(subnet: Cidr, excluded: readonly IpRange[]) {
    for (let value = subnet.first.value; value <= lastIp(subnet).value; value += 1n) {
      const ip = { family: subnet.family, value };
      const isExcluded = excluded.some((range) => value >= range.first.value && value <= range.last.value);
      if (!isExcluded && !isNetworkOrBroadcast(subnet, ip)) this.usable.push(value);
    }
  }

  free(): bigint[] {
    return this.usable.filter((value) => !this.holders.includes(value));
  }

  nextFree(from: bigint, blocked: ReadonlySet<bigint>): bigint | undefined {
    const candidates = this.free().filter((value) => !blocked.has(value));
    return candidates.find((value) => value >= from) ?? candidates[0];
  }
}

type Step =
  | { readonly kind: "occupy" | "release" | "cool down" | "end cooldown"; readonly at: bigint }
  | {
      readonly kind: "take";
      readonly at: bigint;
      readonly blocked: readonly bigint[];
      readonly allowsCooldown: boolean;
    };

interface Story {
  readonly subnet: Cidr;
  readonly excluded: readonly IpRange[];
  readonly steps: readonly Step[];
}

/** Any story. Offsets reach one past each end of the subnet, where there is an address. */
function anyStory(subnet: Cidr, maxSteps: number): fc.Arbitrary<Story> {
  const offset = fc.bigInt({ min: -1n, max: sizeOfCidr(subnet) });
  const at = (n: bigint): IpAddress => offsetIp(subnet.first, n) ?? subnet.first;
  const range = fc
    .tuple(offset, fc.bigInt({ min: 0n, max: 5n }))
    .map(([n, length]) => ({ first: at(n), last: offsetIp(at(n), length) ?? at(n) }));
  const value = offset.map((n) => at(n).value);
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constantFrom("occupy", "release", "cool down", "end cooldown"), at: value }),
    fc.record({
      kind: fc.constant("take"),
      at: value,
      blocked: fc.array(value, { maxLength: 4 }),
      allowsCooldown: fc.boolean(),
    }),
  );
  return fc.record({
    subnet: fc.constant(subnet),
    excluded: fc.array(range, { maxLength: 4 }),
    steps: fc.array(step, { maxLength: maxSteps, size: "max" }),
  });
}

function replay({ subnet, excluded, steps }: Story): void {
  const space = new AddressSpace(subnet, excluded);
  const naive = new NaiveSpace(subnet, excluded);
  const ipAt = (value: bigint): IpAddress => ({ family: subnet.family, value });
  const isInside = (value: bigint): boolean => value >= subnet.first.value && value <= lastIp(subnet).value;
  assert.equal(space.capacity, BigInt(naive.usable.length));
  for (const step of steps) {
    if (step.kind === "take") {
      const blocked = new Set(step.blocked);
      const avoided = step.allowsCooldown ? blocked : new Set([...blocked, ...naive.inCooldown]);
      // A start outside the subnet counts as the start of the subnet. The model would begin at the end for a start past it.
      const expected = naive.nextFree(isInside(step.at) ? step.at : subnet.first.value, avoided);
      const found = space.nextFree(step.at, (value) => blocked.has(value), step.allowsCooldown);
      assert.equal(found?.value, expected);
      if (found === undefined) continue;
      space.occupy(found);
      naive.holders.push(found.value);
    } else if (step.kind === "occupy") {
      space.occupy(ipAt(step.at));
      if (isInside(step.at)) naive.holders.push(step.at);
    } else if (step.kind === "cool down") {
      space.coolDown(ipAt(step.at));
      naive.inCooldown.add(step.at);
    } else if (step.kind === "end cooldown") {
      space.endCooldown(ipAt(step.at));
      naive.inCooldown.delete(step.at);
    } else if (naive.holders.includes(step.at)) {
      space.release(ipAt(step.at));
      naive.holders.splice(naive.holders.indexOf(step.at), 1);
    } else if (isInside(step.at)) {
      assert.throws(
        () => {
          space.release(ipAt(step.at));
        },
        { code: "Internal" },
      );
    }
    assert.equal(space.isOccupied(ipAt(step.at)), naive.holders.includes(step.at));
    assert.equal(space.isUsable(ipAt(step.at)), naive.usable.includes(step.at));
    assert.equal(space.freeCount(), BigInt(naive.free().length));
  }
}

test("an address space does what a walk over all addresses does, in subnets of one to 128 addresses", () => {
  const small = anyCidr((family) => addressBits[family] - 7);
  fc.assert(
    fc.property(
      small.chain((subnet) => anyStory(subnet, 200)),
      replay,
    ),
    { numRuns: 400 },
  );
});

test("an address space of at most four addresses does what a walk over all of them does", () => {
  const tiny = anyCidr((family) => addressBits[family] - 2);
  fc.assert(
    fc.property(
      tiny.chain((subnet) => anyStory(subnet, 20)),
      replay,
    ),
    { numRuns: 1000 },
  );
});

test("cyclic allocation hands out every usable address once, from any start, in order", () => {
  const small = anyCidr((family) => addressBits[family] - 12);
  fc.assert(
    fc.property(small, fc.nat(), (subnet, seed) => {
      const space = new AddressSpace(subnet, []);
      const start = subnet.first.value + (BigInt(seed) % sizeOfCidr(subnet));
      const taken: bigint[] = [];
      for (let at = start; ; ) {
        const ip = space.nextFree(at);
        if (ip === undefined) break;
        space.occupy(ip);
        taken.push(ip.value);
        at = ip.value + 1n;
      }
      const all = new NaiveSpace(subnet, []).usable;
      assert.deepEqual(taken, [...all.filter((n) => n >= start), ...all.filter((n) => n < start)]);
    }),
    { numRuns: 60 },
  );
});

test("sparse bits are a set that finds the first number not in it, beyond 2^53 too", () => {
  const base = fc.constantFrom(0n, (1n << 53n) - 40n, (1n << 64n) - 40n, 1n << 100n);
  const run = fc.record({ isAdd: fc.boolean(), first: fc.bigInt(0n, 3000n), length: fc.nat(1500) });
  fc.assert(
    fc.property(
      base,
      fc.array(run, { maxLength: 8 }),
      fc.array(fc.bigInt(0n, 4600n), { maxLength: 20 }),
      (at, rs, ask) => {
        const bits = new SparseBits();
        const model = new Set<bigint>();
        for (const { isAdd, first, length } of rs) {
          for (let n = at + first; n < at + first + BigInt(length); n += 1n) {
            bits[isAdd ? "add" : "delete"](n);
            model[isAdd ? "add" : "delete"](n);
          }
        }
        for (const n of ask) {
          let clear = at + n;
          while (model.has(clear)) clear += 1n;
          assert.equal(bits.nextClear(at + n), clear);
          assert.equal(bits.has(at + n), model.has(at + n));
        }
      },
    ),
    { numRuns: 150 },
  );
});
