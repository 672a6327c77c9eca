import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressSpace } from "#src/net/address-space.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { parseExcludeIps } from "#src/net/range.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(`${text} is no address`);

function spaceOf(subnet: string, excluded = ""): AddressSpace {
  return new AddressSpace(parseCidr(subnet)?.cidr ?? assert.fail(), parseExcludeIps(excluded) ?? assert.fail());
}

const next = (space: AddressSpace, from: string, isBlocked?: (value: bigint) => boolean): string | undefined => {
  const found = space.nextFree(ip(from).value, isBlocked);
  return found && printIp(found);
};

/** Takes addresses in cyclic order until none is left. */
function drain(space: AddressSpace, from: string): string[] {
  const taken: string[] = [];
  let at = ip(from).value;
  for (let free = space.nextFree(at); free !== undefined; free = space.nextFree(at)) {
    space.occupy(free);
    taken.push(printIp(free));
    at = free.value + 1n;
  }
  return taken;
}

test("tiny subnets hand out exactly what a host may have", () => {
  assert.deepEqual(drain(spaceOf("10.0.0.0/30"), "10.0.0.0"), ["10.0.0.1", "10.0.0.2"]);
  assert.deepEqual(drain(spaceOf("10.0.0.0/31"), "10.0.0.0"), ["10.0.0.0", "10.0.0.1"]);
  assert.deepEqual(drain(spaceOf("10.0.0.7/32"), "10.0.0.7"), ["10.0.0.7"]);
  assert.deepEqual(drain(spaceOf("fd00::/126"), "fd00::"), ["fd00::1", "fd00::2", "fd00::3"]);
  assert.deepEqual(drain(spaceOf("fd00::/127"), "fd00::"), ["fd00::", "fd00::1"]);
  assert.deepEqual(drain(spaceOf("fd00::/128"), "fd00::"), ["fd00::"]);
});

test("the search goes up from where it starts, around the end, and past exclusions", () => {
  const space = spaceOf("10.0.0.0/29", "10.0.0.3..10.0.0.4");
  assert.deepEqual(drain(space, "10.0.0.5"), ["10.0.0.5", "10.0.0.6", "10.0.0.1", "10.0.0.2"]);
  assert.equal(space.freeCount(), 0n);
});

test("a start outside the subnet means the subnet's start", () => {
  assert.equal(next(spaceOf("10.0.0.0/24"), "9.0.0.0"), "10.0.0.1");
  assert.equal(next(spaceOf("10.0.0.0/24"), "10.0.1.0"), "10.0.0.1");
  const isBlocked = (value: bigint): boolean => value < ip("10.0.1.0").value;
  assert.equal(next(spaceOf("10.0.0.0/24"), "10.0.2.0", isBlocked), undefined);
});

test("blocked addresses are passed over, but are not occupied", () => {
  const space = spaceOf("10.0.0.0/29");
  const resting = new Set([ip("10.0.0.1").value, ip("10.0.0.2").value]);
  assert.equal(
    next(space, "10.0.0.0", (value) => resting.has(value)),
    "10.0.0.3",
  );
  assert.equal(
    next(space, "10.0.0.0", () => true),
    undefined,
  );
  assert.equal(space.freeCount(), 6n);
});

test("only addresses that would be taken otherwise are asked about, each once", () => {
  const space = spaceOf("10.0.0.0/29", "10.0.0.2");
  space.occupy(ip("10.0.0.1"));
  const asked: string[] = [];
  space.nextFree(ip("10.0.0.4").value, (value) => {
    asked.push(printIp({ family: 4, value }));
    return true;
  });
  assert.deepEqual(asked, ["10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.3"]);
});

test("an address with two holders is free when the second one is gone", () => {
  const space = spaceOf("10.0.0.0/30");
  space.occupy(ip("10.0.0.1"));
  space.occupy(ip("10.0.0.1"));
  assert.equal(space.freeCount(), 1n);
  space.release(ip("10.0.0.1"));
  assert.equal(space.isOccupied(ip("10.0.0.1")), true);
  space.release(ip("10.0.0.1"));
  assert.equal(space.isOccupied(ip("10.0.0.1")), false);
  assert.equal(space.freeCount(), 2n);
});

test("an occupied address that is excluded does not change the free count", () => {
  const space = spaceOf("10.0.0.0/29", "10.0.0.1");
  assert.equal(space.capacity, 5n);
  space.occupy(ip("10.0.0.1"));
  assert.equal(space.isOccupied(ip("10.0.0.1")), true);
  assert.equal(space.isUsable(ip("10.0.0.1")), false);
  assert.equal(space.freeCount(), 5n);
  space.release(ip("10.0.0.1"));
  assert.equal(space.freeCount(), 5n);
});

test("exclusions that reach over the subnet's ends, or belong elsewhere, are cut to it", () => {
  const space = spaceOf("10.0.0.0/24", "9.0.0.0..10.0.0.9 10.0.0.250..11.0.0.0 10.9.0.0/16 fd00::/64");
  assert.equal(space.capacity, 240n);
  assert.equal(next(space, "10.0.0.0"), "10.0.0.10");
  assert.equal(next(space, "10.0.0.250"), "10.0.0.10");
  assert.equal(spaceOf("10.0.0.0/24", "10.0.1.0 11.0.0.0/8").capacity, 254n);
  assert.equal(spaceOf("::/96", "0.0.0.0/1").capacity, (1n << 32n) - 1n);
  assert.equal(spaceOf("10.0.0.0/24", "0.0.0.0/0").capacity, 0n);
  assert.equal(next(spaceOf("10.0.0.0/24", "0.0.0.0/0"), "10.0.0.0"), undefined);
});

test("an address outside the subnet is neither usable nor occupied", () => {
  const space = spaceOf("10.0.0.0/24");
  for (const outside of [ip("10.0.1.1"), ip("fd00::1")]) {
    space.occupy(outside);
    assert.equal(space.isOccupied(outside), false);
    assert.equal(space.isUsable(outside), false);
    space.release(outside);
  }
  assert.equal(space.freeCount(), 254n);
});

test("releasing an address that nobody holds is a defect of the caller", () => {
  assert.throws(
    () => {
      spaceOf("10.0.0.0/24").release(ip("10.0.0.9"));
    },
    { code: "Internal", message: "10.0.0.9 of 10.0.0.0/24 was released but is not occupied" },
  );
});

test("half of a /8 and most of a /64 are jumped over, not walked", () => {
  assert.equal(next(spaceOf("10.0.0.0/8", "10.0.0.0..10.200.0.0"), "10.0.0.0"), "10.200.0.1");
  const space = spaceOf("fd00::/64", "fd00::..fd00::ffff:ffff:ffff:fffe");
  assert.equal(space.capacity, 1n);
  assert.equal(next(space, "fd00::"), "fd00::ffff:ffff:ffff:ffff");
});

test("passes over a whole subnet in cooldown without asking about each address of it", () => {
  const space = spaceOf("10.0.0.0/16");
  const first = ip("10.0.0.0").value;
  for (let n = 0n; n < 65_000n; n += 1n) space.coolDown({ family: 4, value: first + n });
  let asked = 0;
  const isBlocked = (): boolean => {
    asked += 1;
    return false;
  };
  assert.equal(next(space, "10.0.0.1", isBlocked), "10.0.253.232");
  assert.equal(asked, 1);
  assert.equal(printIp(space.nextFree(first, isBlocked, true) ?? assert.fail()), "10.0.0.1");
  space.endCooldown(ip("10.0.1.7"));
  assert.equal(next(space, "10.0.0.1"), "10.0.1.7");
});

test("the last free address is found from the end, past what is excluded and held", () => {
  const space = spaceOf("10.0.0.0/29", "10.0.0.5..10.0.0.6");
  const last = () => {
    const found = space.lastFree();
    return found && printIp(found);
  };
  assert.equal(last(), "10.0.0.4");
  for (const address of ["10.0.0.4", "10.0.0.2", "10.0.0.3"]) space.occupy(ip(address));
  assert.equal(last(), "10.0.0.1");
  space.occupy(ip("10.0.0.1"));
  assert.equal(last(), undefined);
});

test("a space of some ranges is about their addresses alone", () => {
  const only = parseExcludeIps("10.0.0.0/30 10.0.0.9..10.0.0.11") ?? [];
  const space = new AddressSpace(
    parseCidr("10.0.0.0/28")?.cidr ?? assert.fail(),
    parseExcludeIps("10.0.0.10") ?? [],
    only,
  );
  assert.equal(space.capacity, 5n, "without the network address and the excluded one");
  assert.equal(space.firstCovered(), ip("10.0.0.0").value);
  for (const text of ["10.0.0.1", "10.0.0.5", "10.0.0.12"]) space.occupy(ip(text));
  assert.equal(space.freeCount(), 4n);
  assert.equal(space.isOccupied(ip("10.0.0.5")), false);
  space.release(ip("10.0.0.5"));
  const found = [0n, 4n, 10n].map((from) => space.nextFree(ip("10.0.0.0").value + from));
  assert.deepEqual(
    found.map((each) => each && printIp(each)),
    ["10.0.0.2", "10.0.0.9", "10.0.0.11"],
  );
});
