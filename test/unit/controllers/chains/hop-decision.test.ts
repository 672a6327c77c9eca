import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodPort } from "#src/controllers/chains/chain-ports.ts";
import { decideHop, type HopNetwork } from "#src/controllers/chains/hop-decision.ts";
import { printCidr } from "#src/net/cidr.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const chainFunction = { name: "app=fw", labels: { app: "fw" } };
const side = (name: string, subnets: readonly string[], addresses: readonly string[]) => {
  const ports = [{ uuid: `port-${name}`, podUid: "u", ips: addresses.map(ip) }] as unknown as readonly PodPort[];
  const found: HopNetwork = { network: { name, subnets: subnets.map(cidr) }, ports };
  return { name, found };
};
const pods = [
  {
    namespace: "default",
    name: "fw-0",
    uid: "u",
    labels: { app: "fw", more: "x" },
    ready: true,
    ending: false,
    routes: [],
  },
];
const beyond = { left: [], right: [] };

test("a pod carries traffic when it has an address of each family of the ends on both sides", () => {
  const left = side("left", ["10.1.0.0/24", "fd01::/64"], ["10.1.0.5", "fd01::5"]);
  const right = side("right", ["10.2.0.0/24", "fd02::/64"], ["10.2.0.5"]);
  const ipv4 = decideHop({ chainFunction, left, right, families: [4], beyond, pods });
  assert.deepEqual(
    ipv4.replicas.map(({ name }) => name),
    ["fw-0"],
  );
  const both = decideHop({ chainFunction, left, right, families: [4, 6], beyond, pods });
  assert.deepEqual(both.replicas, []);
  assert.match(both.problems.at(-1)?.message ?? "", /pod fw-0 has no IPv6 address in right/);
});

test("a network that does not count leaves the function without replicas, for the reason of the network", () => {
  const left = side("left", ["10.1.0.0/24"], ["10.1.0.5"]);
  const problem = { reason: "UnknownNetwork", message: "there is no Network net=gone" } as const;
  const right = { name: "gone", found: { network: undefined, problem } };
  const { replicas, problems, forwarding } = decideHop({ chainFunction, left, right, families: [4], beyond, pods });
  assert.deepEqual([replicas, forwarding, problems], [[], [], [problem]]);
});

test("more pods than slices are a problem that says how many carry nothing", () => {
  const many = Array.from({ length: 70 }, (_, n) => ({ ...pods[0], name: `fw-${n}`, uid: `u${n}` }) as const);
  const sideOf = (name: string, prefix: string) => {
    const ports = many.map(({ uid }, n) => ({ uuid: `${name}-${n}`, podUid: uid, ips: [ip(`${prefix}.${n + 5}`)] }));
    return { name, found: { network: { name, subnets: [cidr(`${prefix}.0/24`)] }, ports } };
  };
  const [left, right] = [sideOf("left", "10.1.0"), sideOf("right", "10.2.0")];
  const all = many.map((pod) => ({
    ...pod,
    namespace: "default",
    labels: { app: "fw" },
    ready: true,
    ending: false,
    routes: [],
  }));
  const decide = (count: number) =>
    decideHop({ chainFunction, left, right, families: [4], beyond, pods: all.slice(0, count) }).problems;
  assert.deepEqual(decide(64), []);
  const [problem] = decide(70);
  assert.equal(problem?.reason, "MoreReplicasThanSlices");
  assert.match(problem.message, /^70 pods are ready for 64 slices, so that \d+ of them carry nothing/);
});

test("a pod that has asked for no route to an end beyond its networks is named with what to write", () => {
  const left = side("left", ["10.1.0.0/24"], ["10.1.0.5"]);
  const right = side("right", ["10.2.0.0/24"], ["10.2.0.5"]);
  const ends = { left: [cidr("10.0.0.0/24")], right: [cidr("10.9.0.0/24"), cidr("10.10.0.0/24")] };
  const decide = (...routes: readonly (readonly [string, string])[]) => {
    const asked = routes.map(([network, dst]) => ({ network, dst: cidr(dst) }));
    const own = pods.map((pod) => ({ ...pod, routes: asked }));
    return decideHop({ chainFunction, left, right, families: [4], beyond: ends, pods: own });
  };
  assert.deepEqual(decide(["left", "10.0.0.0/16"], ["right", "0.0.0.0/0"]).unrouted, []);
  const { unrouted, replicas } = decide(["right", printCidr(cidr("10.0.0.0/24"))], ["right", "10.9.0.0/24"]);
  assert.equal(replicas.length, 1, "it may set its routes itself");
  assert.deepEqual(unrouted, [
    'pod fw-0 asks for no route to 10.0.0.0/24: write "routes": [{"dst": "10.0.0.0/24"}] at its interface in left',
    'pod fw-0 asks for no route to 10.10.0.0/24: write "routes": [{"dst": "10.10.0.0/24"}] at its interface in right',
  ]);
});
