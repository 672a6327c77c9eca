import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { containsIp, parseCidr } from "#src/net/cidr.ts";
import { parseIp } from "#src/net/ip.ts";
import { type ChainPath, chainRows } from "#src/ovn/rows/chain-rows.ts";
import { assignSlices, sliceCount, slicedPrefix, sliceOf } from "#src/ovn/rows/chain-slices.ts";
import { routerPolicyPriorities } from "#src/ovn/rows/flow-priorities.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { minLength: 1, maxLength: 12 });

test("when a replica goes only its slices move, and when one comes it only takes slices", () => {
  fc.assert(
    fc.property(names, fc.nat(), (all, pick) => {
      const gone = all[pick % all.length] ?? "";
      const with_ = assignSlices(all);
      const without = assignSlices(all.filter((name) => name !== gone));
      for (const [slice, holder] of with_.entries()) {
        if (holder !== gone && without.length > 0) assert.equal(without[slice], holder);
      }
      assert.equal(with_.length, sliceCount);
    }),
  );
});

test("the order in which replicas are listed does not matter", () => {
  fc.assert(
    fc.property(names, (all) => {
      assert.deepEqual(assignSlices(all), assignSlices([...all].reverse()));
    }),
  );
});

test("slices are shared: of up to eight replicas each carries some", () => {
  for (let count = 1; count <= 8; count += 1) {
    const all = Array.from({ length: count }, (_, n) => `firewall-${n}`);
    const holders = assignSlices(all);
    for (const name of all) assert.ok(holders.includes(name), `${name} of ${count}`);
  }
});

test("each address of a prefix is matched by its own slice and by no other", () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 32 }), fc.nat(0xffff_ffff), fc.nat(63), (length, number, slice) => {
      const host = { family: 4 as const, value: BigInt(number) };
      const prefix = parseCidr(
        `${(number >>> 24) & 255}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}/${length}`,
      )?.cidr;
      assert.ok(prefix);
      const texts = slicedPrefix(prefix, [slice]);
      const isMatched = texts.some((text) => {
        const [value, mask] = text.split("/").map((one) => parseIp(one)?.value ?? 0n);
        return (host.value & (mask ?? 0n)) === value;
      });
      assert.equal(isMatched, containsIp(prefix, host) && sliceOf(host) === slice);
    }),
  );
});

interface Packet {
  readonly inport: string;
  readonly source: bigint;
  readonly destination: bigint;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Does what the router does with policies of our form: the highest priority whose match holds. */
function nextHopOf(path: ChainPath, packet: Packet): string | undefined {
  const matching = chainRows(path).filter(({ columns }) => {
    const [, inport] = /^inport == "([^"]+)"/.exec(textOf(columns["match"])) ?? [];
    const fields = Object.fromEntries(
      [...textOf(columns["match"]).matchAll(/ip4\.(src|dst) == \{?([^}&]+)/g)].map(([, field = "", list = ""]) => [
        field,
        list.split(","),
      ]),
    );
    return (
      inport === packet.inport &&
      (fields["src"] ?? []).some((one) => holds(one, packet.source)) &&
      (fields["dst"] ?? []).some((one) => holds(one, packet.destination))
    );
  });
  const [best] = matching.sort((a, b) => Number(b.columns["priority"]) - Number(a.columns["priority"]));
  return best && ((best.columns["nexthops"] as readonly string[])[0] ?? "drop");
}

function holds(text: string, address: bigint): boolean {
  const [first = "", mask = ""] = text.trim().split("/");
  const bits = mask.includes(".")
    ? (parseIp(mask)?.value ?? 0n)
    : (0xffff_ffffn << BigInt(32 - Number(mask))) & 0xffff_ffffn;
  return (address & bits) === (parseIp(first)?.value ?? 0n);
}

test("whatever its slice, a flow meets the same replica of each function on both ways, or is dropped on both", () => {
  const counts = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      counts,
      fc.constantFrom("Drop" as const, "Bypass" as const),
      fc.nat(253),
      (replicas, onFailure, host) => {
        const networks = Array.from({ length: replicas.length + 1 }, (_, n) => ({
          name: `n${n}`,
          subnets: [cidr(`10.${n}.0.0/24`)],
        }));
        const hops = replicas.map((count, hop) =>
          Array.from({ length: count }, (_, n) => ({
            name: `f${hop}-${n}`,
            left: [ip(`10.${hop}.0.${200 + n}`)],
            right: [ip(`10.${hop + 1}.0.${100 + n}`)],
          })),
        );
        const path: ChainPath = { uid: "u", networks, hops, onFailure };
        const source = ip(`10.0.0.${host + 1}`).value;
        const destination = ip(`10.${replicas.length}.0.9`).value;
        const there = walk(path, { source, destination }, "forward");
        const back = walk(path, { source: destination, destination: source }, "back");
        if (there === undefined || back === undefined) {
          assert.ok(onFailure === "Drop" && replicas.includes(0), "only a function without replicas drops");
          return;
        }
        assert.deepEqual(back.toReversed(), there);
        assert.equal(there.length, replicas.filter((count) => count > 0).length);
      },
    ),
  );
});

/** The replicas that a packet meets; undefined when it is dropped. A replica sends it out of its other side. */
function walk(
  path: ChainPath,
  ends: Omit<Packet, "inport">,
  direction: "forward" | "back",
): readonly string[] | undefined {
  const met: string[] = [];
  let network = direction === "forward" ? 0 : path.networks.length - 1;
  for (let steps = 0; steps < 10; steps += 1) {
    const hop = nextHopOf(path, { ...ends, inport: `rtos-n${network}` });
    if (hop === "drop") return undefined;
    if (hop === undefined) return met;
    const address = ip(hop).value;
    const at = path.hops.findIndex((replicas) =>
      replicas.some((one) => one[direction === "forward" ? "left" : "right"].some(({ value }) => value === address)),
    );
    const replica = path.hops[at]?.find((one) =>
      one[direction === "forward" ? "left" : "right"].some(({ value }) => value === address),
    );
    assert.ok(replica, `${hop} is a replica`);
    met.push(replica.name);
    network = direction === "forward" ? at + 1 : at;
    // The last function is on the network of the other end, and sends the packet there by itself.
    if (network === (direction === "forward" ? path.networks.length - 1 : 0)) return met;
  }
  throw new Error("the packet goes in circles");
}

test("policies of a chain have the priorities of the table", () => {
  const path: ChainPath = {
    uid: "u",
    networks: [
      { name: "n0", subnets: [cidr("10.0.0.0/24")] },
      { name: "n1", subnets: [cidr("10.1.0.0/24")] },
    ],
    hops: [[{ name: "f", left: [ip("10.0.0.5")], right: [ip("10.1.0.5")] }]],
    onFailure: "Drop",
  };
  const written = new Set(chainRows(path).map(({ columns }) => columns["priority"]));
  assert.deepEqual(
    written,
    new Set([routerPolicyPriorities["chain-closed"].priority, routerPolicyPriorities["chain-hop"].priority]),
  );
});
