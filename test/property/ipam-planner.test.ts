// Compares the planner with a naive model that walks every address of small networks, one pod after the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { insert } from "ovsdb-client";
import { isRefusal } from "#src/core/errors.ts";
import type { PlannedPort, PortRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { printIp } from "#src/net/ip.ts";
import { nat } from "#src/ovn/nb-tables.ts";
import { recoveredPod, NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

/** A block of 8 or 16 addresses. The number of an address is its last octet or group. */
interface Family {
  readonly prefix: string;
  readonly size: number;
  /** The gateway. Every network of the story has one. */
  readonly gateway: number;
  readonly excluded: readonly number[];
}

/** The request of one pod: for each interface the requested host of each family, if any. */
type Ask = readonly (readonly (number | undefined)[])[];

interface Story {
  readonly families: readonly Family[];
  /** The holders that were there first: a foreign port, a recovered address, or NAT on the first family. */
  readonly others: readonly {
    readonly kind: "port" | "claim" | "nat";
    readonly family: number;
    readonly host: number;
  }[];
  readonly rotors: readonly number[];
  readonly pods: readonly Ask[];
}

const host = fc.nat(15);

function anyFamily(prefix: string): fc.Arbitrary<Family> {
  return fc.constantFrom(8, 16).chain((size) =>
    fc.record({
      prefix: fc.constant(prefix),
      size: fc.constant(size),
      gateway: fc.integer({ min: 1, max: size - 2 }),
      excluded: fc.array(host, { maxLength: 3 }),
    }),
  );
}

const anyFamilies = fc.oneof(
  fc.tuple(anyFamily("10.0.0.")),
  fc.tuple(anyFamily("fd00::")),
  fc.tuple(anyFamily("10.0.0."), anyFamily("fd00::")),
);

const anyStory: fc.Arbitrary<Story> = anyFamilies.chain((families) => {
  const family = fc.nat(families.length - 1);
  const wanted = fc.tuple(...families.map(() => fc.option(host, { nil: undefined, freq: 3 })));
  return fc.record({
    families: fc.constant(families),
    others: fc.array(fc.record({ kind: fc.constantFrom("port", "claim", "nat"), family, host }), { maxLength: 6 }),
    rotors: fc.tuple(...families.map(() => host)),
    pods: fc.array(fc.array(wanted, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 10 }),
  });
});

/** The text of an address. IPv6 counts in hexadecimal digits. */
function addressOf({ prefix }: Family, at: number): string {
  return prefix + (prefix.includes(":") ? at.toString(16) : at.toString());
}

/** A network that finds the free addresses of each family by walking all of them. */
class NaiveNetwork {
  readonly families: readonly Family[];
  readonly taken: ReadonlySet<number>[];
  readonly rotors: number[];

  constructor({ families, others, rotors }: Story) {
    this.families = families;
    this.rotors = families.map(({ size }, n) => (rotors[n] ?? 0) % size);
    this.taken = families.map(
      (_, n) => new Set(others.filter(({ family }) => family === n).map((other) => other.host)),
    );
  }

  isUsable(n: number, at: number): boolean {
    const family = this.families[n];
    if (family === undefined || at >= family.size || at === family.gateway || family.excluded.includes(at))
      return false;
    // The first and last address of IPv4 and the subnet-router anycast address of IPv6 (RFC 4291, section 2.6.1) cannot
    // be used.
    return at !== 0 && (at !== family.size - 1 || family.prefix.includes(":"));
  }

  /** The hosts of each interface, or undefined when the pod must be refused. */
  plan(pod: Ask): readonly (readonly number[])[] | undefined {
    const taken = this.taken.map((set) => new Set(set));
    const isFree = (n: number, at: number): boolean => this.isUsable(n, at) && taken[n]?.has(at) === false;
    for (const [n, at] of pod.flatMap((port) => [...port.entries()])) {
      if (at === undefined) continue;
      if (!isFree(n, at)) return undefined;
      taken[n]?.add(at);
    }
    const hosts: number[][] = [];
    for (const port of pod) {
      const chosen: number[] = [];
      for (const [n, { size }] of this.families.entries()) {
        // The choice for IPv6 begins at the number of the IPv4 address, when the prefix has room for it.
        const [beside] = chosen;
        const from = beside !== undefined && beside < size ? beside : (this.rotors[n] ?? 0);
        const order = Array.from({ length: size }, (_, step) => (from + step) % size);
        const at = port[n] ?? order.find((candidate) => isFree(n, candidate));
        if (at === undefined) return undefined;
        taken[n]?.add(at);
        chosen.push(at);
      }
      hosts.push(chosen);
    }
    return hosts;
  }

  take(hosts: readonly (readonly number[])[]): void {
    for (const n of this.families.keys()) {
      this.taken[n] = new Set([...(this.taken[n] ?? []), ...hosts.map((port) => port[n] ?? 0)]);
    }
  }
}

function databaseOf({ families, others }: Story, rotors: readonly number[]): NbFixture {
  const nb = new NbFixture();
  nb.addSwitch(
    "blue",
    families.map((f) => `${f.prefix}${f.prefix.includes(":") ? "" : "0"}/${lengthOf(f)}`).join(","),
    {
      gateways: families.map((f) => addressOf(f, f.gateway)).join(","),
      "exclude-ips": families.flatMap((f) => f.excluded.map((at) => addressOf(f, at))).join(" "),
    },
  );
  for (const [n, pool] of (nb.index.named("blue")[0]?.pools ?? []).entries()) {
    pool.rotor = pool.subnet.cidr.first.value + BigInt(rotors[n] ?? 0);
  }
  for (const [n, { kind, family, host: at }] of others.entries()) {
    const [id, mac] = [n.toString(), `0a:00:00:00:00:0${n.toString()}`];
    const ip = addressOf(families[family] ?? assert.fail("no such family"), at);
    if (kind === "port") nb.addPort("blue", `vm${id}`, { addresses: `${mac} ${ip}` });
    else if (kind === "claim") nb.index.recovered.add(recoveredPod("blue", ip, mac, `claimed${id}`));
    else nb.commit(insert(nat, { external_ip: ip }));
  }
  return nb;
}

function lengthOf({ prefix, size }: Family): string {
  return ((prefix.includes(":") ? 128 : 32) - Math.log2(size)).toString();
}

function planned(nb: NbFixture, ports: readonly PortRequest[]): readonly PlannedPort[] | undefined {
  try {
    return planPorts(requestOf(...ports), nb.view);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

const texts = (ports: readonly PlannedPort[]) => ports.map(({ addresses }) => addresses.map(({ ip }) => printIp(ip)));

test("pods are given what a walk over all addresses gives them, and refused when it finds nothing", () => {
  let given = 0;
  let refusals = 0;
  const property = fc.property(anyStory, (story) => {
    const model = new NaiveNetwork(story);
    const nb = databaseOf(story, model.rotors);
    const macs = new Set<string>();
    for (const [id, pod] of story.pods.entries()) {
      const requests = pod.map((port) =>
        portRequest(
          "blue",
          port.flatMap((at, n) => (at === undefined ? [] : [addressOf(story.families[n] ?? assert.fail(), at)])),
        ),
      );
      const expected = model.plan(pod);
      const actual = planned(nb, requests);
      const named = expected?.map((hosts) => hosts.map((at, n) => addressOf(story.families[n] ?? assert.fail(), at)));
      assert.deepEqual(actual && texts(actual), named);
      if (actual === undefined || expected === undefined) {
        refusals += 1;
        continue;
      }
      given += 1;
      model.take(expected);
      for (const [n, { mac, addresses, request }] of actual.entries()) {
        assert.ok(!macs.has(mac), `${mac} is given twice`);
        macs.add(mac);
        const wanted = request.addresses.map(({ ip }) => printIp(ip));
        const honoured = addresses.filter(({ requested }) => requested).map(({ ip }) => printIp(ip));
        assert.deepEqual(honoured, wanted);
        const words = [mac, ...addresses.map(({ ip }) => printIp(ip))];
        nb.addPort("blue", `${id.toString()}-${n.toString()}`, { addresses: words.join(" ") });
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
  assert.ok(given > 100 && refusals > 100, `the stories say too little: ${given.toString()}, ${refusals.toString()}`);
});
