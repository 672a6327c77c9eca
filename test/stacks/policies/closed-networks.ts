// Networks that are closed to others by reachableFrom, on a real datapath and in both families.
import assert from "node:assert/strict";
import { it } from "node:test";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { until } from "#test/assertions/until.ts";
import type { DatapathStack, Endpoint } from "../datapath/datapath-stack.ts";
import { tracePacket } from "../datapath/traced-packet.ts";
import { networkManifest } from "../network-stack.ts";
import { reached } from "./reach.ts";

const names = ["hall", "room", "yard"] as const;
type Name = (typeof names)[number];
const prefixes = { hall: ["10.70.0", "fd70:"], room: ["10.71.0", "fd71:"], yard: ["10.72.0", "fd72:"] } as const;

interface Inhabitant {
  readonly endpoint: Endpoint;
  readonly addresses: readonly string[];
}

/** Adds a test of three networks, of which one lets in another and then, by its namespace, both. */
export function testClosedNetworks(stack: () => DatapathStack): void {
  it("are of no use to who is kept out of the whole network: reachableFrom closes it to others, in both directions", async () => {
    const { kubectl } = stack().admission.plane;
    const manifest = (name: Name, spec: object) => {
      const [ipv4, ipv6] = prefixes[name];
      const subnets = { ipv4Subnets: [{ subnet: `${ipv4}.0/24` }], ipv6Subnets: [{ subnet: `${ipv6}:/64` }] };
      return networkManifest(name, { ...subnets, ...spec });
    };
    await kubectl.apply([manifest("hall", {}), manifest("room", { reachableFrom: {} }), manifest("yard", {})]);
    await kubectl.must(["wait", ...names.map((name) => `network/${name}`), "--for=condition=Ready", "--timeout=60s"]);
    const [hall, room, yard] = [
      await inhabit(stack(), "hall", 0),
      await inhabit(stack(), "room", 1),
      await inhabit(stack(), "yard", 0),
    ];
    const passes = async (from: Inhabitant, to: Inhabitant): Promise<readonly boolean[]> => {
      const targets = to.addresses.map((address) => [address, 80] as const);
      return reached(from.endpoint.host.machine, from.endpoint.name, targets);
    };
    const ways = async (): Promise<string> => {
      const all = [
        ["hall-room", await passes(hall, room)],
        ["room-hall", await passes(room, hall)],
        ["yard-room", await passes(yard, room)],
        ["room-yard", await passes(room, yard)],
        ["hall-yard", await passes(hall, yard)],
      ] as const;
      return all
        .flatMap(([way, seen]) => (seen.every(Boolean) ? [way] : seen.some(Boolean) ? [`half ${way}`] : []))
        .join();
    };
    await stack().settle();
    await stack().untilTraffic(async () => (await ways()) === "hall-yard");
    const told = await tracePacket(stack(), "in-hall/net0", room.addresses[0] ?? "");
    assert.match(told, /the network lets nothing in from there: reachableFrom does not name it +Network default\/room/);

    await kubectl.apply([manifest("room", { reachableFrom: { networks: ["yard"] } })]);
    await stack().untilTraffic(async () => (await ways()) === "yard-room,room-yard,hall-yard");
    await kubectl.apply([manifest("room", { reachableFrom: { namespaces: ["default"] } })]);
    await stack().untilTraffic(async () => (await ways()) === "hall-room,room-hall,yard-room,room-yard,hall-yard");
    await kubectl.apply([manifest("room", {})]);
    await until(async () => (await stack().fabric.central.nbctl("list", "Logical_Router_Policy")).trim() === "");
  });
}

/** Adds a pod that has a way to the other networks. */
async function inhabit(stack: DatapathStack, network: Name, place: number): Promise<Inhabitant> {
  const host = stack.fabric.hosts[place];
  assert.ok(host);
  const [ipv4, ipv6] = prefixes[network];
  const others = names.filter((other) => other !== network).map((other) => prefixes[other]);
  const routes = others.flatMap(([four, six]) => [`${four}.0/24 via ${ipv4}.1`, `${six}:/64 via ${ipv6}:1`]);
  const endpoint = await stack.addPodOn(`in-${network}`, host, [network], routes, {});
  const [result] = resultOf(await stack.admission.pods.get({ namespace: "default", name: `in-${network}` }));
  const addresses = (result?.ip_address ?? []).map((text) => text.split("/")[0] ?? "");
  assert.equal(addresses.length, 2);
  return { endpoint, addresses };
}
