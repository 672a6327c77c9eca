import assert from "node:assert/strict";
import { test } from "node:test";
import { scarceAddresses } from "#src/commands/doctor/stuck/scarce-addresses.ts";

const metadata = { namespace: "shop", name: "blue", uid: "u", resourceVersion: "1" };
const network = (...pools: readonly object[]) => ({ metadata, status: { pools } });

test("more than nine tenths are nearly all, of a network and of each pool by itself", () => {
  const found = scarceAddresses([
    network(
      { family: "IPv4", capacity: "100", used: "90" },
      { family: "IPv6", capacity: "18446744073709551615", used: "18446744073709551615" },
      { name: "front", family: "IPv4", capacity: "10", used: "10" },
      { name: "back", family: "IPv4", capacity: "0", used: "0" },
    ),
  ]);
  assert.deepEqual(
    found.map(({ name, pool, family }) => [name, pool, family]),
    [
      ["blue", undefined, "IPv6"],
      ["blue", "front", "IPv4"],
    ],
  );
});

test("a status that nobody has written, or that is none, says nothing", () => {
  assert.deepEqual(scarceAddresses([{ metadata }, { metadata, status: { pools: "x" } }]), []);
  assert.deepEqual(scarceAddresses([network({ family: "IPv4", capacity: "ten", used: "all" })]), []);
});
