import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTap } from "#src/api/tap/tap-config.ts";
import { maxSourceBytesOfNode, maxTapsOfNode } from "#src/api/node/node-taps.ts";
import { projectOntoNodes } from "#src/controllers/taps/node-projection.ts";
import {
  decideTaps,
  maxSources,
  maxTaps,
  type TapDecision,
  type TapWorld,
} from "#src/controllers/taps/tap-decision.ts";
import type { TapNetwork, TapNode, TapPod } from "#src/controllers/taps/tap-members.ts";
import type { TapObject } from "#src/controllers/taps/tap-object.ts";
import type { TapPort } from "#src/controllers/taps/tap-ports.ts";
import { tapStatus } from "#src/controllers/taps/tap-status.ts";
import { parseCidr } from "#src/net/cidr.ts";

const now = "2026-01-01T00:00:00Z";
const web = { podSelector: { matchLabels: { app: "web" } } };
const probe = { podSelector: { matchLabels: { app: "probe" } } };

function tapNamed(name: string, spec: object = { sources: web, sink: probe }): TapObject {
  const metadata = { name, namespace: "shop", uid: `uid-${name}` };
  const life = { uid: metadata.uid, generation: 1, createdAt: now, deleting: false };
  return {
    ...life,
    namespace: "shop",
    name,
    resourceVersion: "1",
    config: parseTap({ metadata, spec }),
    status: undefined,
  };
}

function podNamed(name: string, app: string, node: string, more: Partial<TapPod> = {}): TapPod {
  return {
    namespace: "shop",
    name,
    uid: name,
    createdAt: now,
    labels: { app },
    node,
    ending: false,
    finished: false,
    ...more,
  };
}

const portOf = (pod: string, network: string | undefined, interfaceName = "net1"): TapPort => {
  return { name: `port-${pod}`, podUid: pod, interfaceName, network };
};
const pods = [
  podNamed("w1", "web", "n1"),
  podNamed("w2", "web", "n2"),
  podNamed("other", "db", "n1"),
  podNamed("foreign", "web", "n1", { namespace: "bank" }),
  podNamed("ended", "web", "n1", { finished: true }),
  podNamed("late", "web", ""),
  podNamed("p", "probe", "n2"),
];
const networkNamed = (name: string, namespace: string, more: Partial<TapNetwork> = {}): TapNetwork => {
  return { kind: "Network", namespace, name, uid: name, allowTaps: [namespace], mtu: undefined, ...more };
};
const networks = [networkNamed("blue", "shop"), networkNamed("vault", "bank")];
const world: TapWorld = {
  networks,
  ports: {
    ofNetwork: new Map([["blue", pods.slice(0, 6).map(({ uid }) => portOf(uid, "blue"))]]),
    sinksOf: new Map([["p", [portOf("p", "blue", "tap0")]]]),
  },
  podsOf: (namespace) => pods.filter((pod) => pod.namespace === namespace),
  podWith: (uid) => pods.find((pod) => pod.uid === uid),
  targets: [],
};
const nodeNamed = (name: string, more: Partial<TapNode> = {}): TapNode => {
  return { name, uid: name, asked: [], told: [], tunnels: [`192.0.2.${name.slice(1)}`], mtu: 1442, ...more };
};
const nodes = [nodeNamed("n1"), nodeNamed("n2"), nodeNamed("n3")];

function decide(spec?: object, more: Partial<TapWorld> = {}): TapDecision {
  const tap = tapNamed("t", spec);
  const decision = decideTaps([tap], { ...world, ...more }).get(tap);
  assert.ok(decision);
  return decision;
}

function sourcesOf(decision: TapDecision): readonly string[] {
  assert.ok(decision.kind === "tapped");
  return decision.sources.map(({ pod, node }) => `${pod} ${node}`);
}

const reasonOf = (decision: TapDecision) => (decision.kind === "refused" ? decision.reason : decision.kind);

describe("what a tap copies", () => {
  it("is what living pods of its namespace with the labels have, on whatever node", () => {
    assert.deepEqual(sourcesOf(decide()), ["shop/late ", "shop/w1 n1", "shop/w2 n2"]);
  });

  it("is a whole Network when no pods are selected, those of other namespaces too", () => {
    const found = sourcesOf(decide({ sources: { network: "blue" }, sink: probe }));
    assert.deepEqual(found, ["bank/foreign n1", "shop/late ", "shop/other n1", "shop/w1 n1", "shop/w2 n2"]);
  });

  it("is refused for a Network that is not there, or whose owner does not allow it", () => {
    assert.equal(reasonOf(decide({ sources: { network: "red" }, sink: probe })), "UnknownNetwork");
    const refused = decide({ sources: { network: "vault" }, sink: probe });
    assert.equal(reasonOf(refused), "NetworkNotAllowed");
    assert.match(JSON.stringify(refused), /writes shop into spec\.allowTaps\.names of the Network bank\/vault/);
  });

  it("leaves out the interfaces of selected pods in Networks that do not allow it, and says so", () => {
    const ofNetwork = new Map([...world.ports.ofNetwork, ["vault", [portOf("w1", "vault", "net2")]]]);
    const decision = decide(undefined, { ports: { ...world.ports, ofNetwork } });
    assert.ok(decision.kind === "tapped");
    const refused = decision.sources.filter(({ refusal }) => refusal !== undefined);
    assert.deepEqual(
      refused.map(({ pod, network }) => `${pod} ${network}`),
      ["shop/w1 vault"],
    );
    const tap = tapNamed("t");
    const { taps: projected } = projectOntoNodes(new Map([[tap, decision]]), nodes);
    assert.equal(projected.get("n1")?.[0]?.sources.length, 1);
  });
});

describe("the sink of a tap", () => {
  it("is the oldest pod with the labels and an interface that only receives", () => {
    const older = podNamed("older", "probe", "n3", { createdAt: "2025-01-01T00:00:00Z" });
    const podsOf = () => [...pods, older];
    const endOf = (decision: TapDecision) => (decision.kind === "tapped" ? decision.end : undefined);
    const plain = endOf(decide(undefined, { podsOf }));
    assert.deepEqual(plain, { kind: "pod", pod: "shop/p", interfaceName: "tap0", port: "port-p", node: "n2" });
    const sinksOf = new Map([...world.ports.sinksOf, ["older", [portOf("older", undefined, "tap1")]]]);
    const found = endOf(decide(undefined, { podsOf, ports: { ...world.ports, sinksOf } }));
    assert.equal(found?.kind === "pod" && found.pod, "shop/older");
  });

  it("is missing while there is no such pod, or it has no such interface", () => {
    const labels = { podSelector: { matchLabels: { app: "none" } } };
    for (const sink of [labels, web, { ...probe, interface: "tap9" }]) {
      assert.equal(reasonOf(decide({ sources: web, sink })), "NoSink");
    }
  });

  it("is outside only where the operator allows it", () => {
    const sink = { gre: { address: "198.51.100.7" } };
    assert.equal(reasonOf(decide({ sources: web, sink })), "TargetNotAllowed");
    const cidr = parseCidr("198.51.100.0/24")?.cidr;
    assert.ok(cidr);
    assert.equal(reasonOf(decide({ sources: web, sink }, { targets: [cidr] })), "tapped");
  });
});

describe("what nodes are asked", () => {
  const project = (spec?: object, more: Partial<TapWorld> = {}) => {
    const tap = tapNamed("t", spec);
    return projectOntoNodes(decideTaps([tap], { ...world, ...more }), nodes).taps;
  };

  it("is their own ports and the way to the sink's node, and that node accepts the copies", () => {
    const asked = project();
    const [first] = asked.get("n1") ?? [];
    const [second] = asked.get("n2") ?? [];
    assert.deepEqual(first?.sources, ["port-w1"]);
    const key = first.sink.remote?.key ?? 0;
    assert.deepEqual(first.sink, { remote: { address: "192.0.2.2", key } });
    assert.deepEqual([second?.sources, second?.sink], [["port-w2"], { port: "port-p", acceptedKey: key }]);
    assert.deepEqual(asked.get("n3"), []);
    assert.ok(key >= 0xf0_0000 && key < 0xff_0000, "OVN numbers no datapath so");
  });

  it("is no tunnel while all sources are on the node of the sink", () => {
    const podWith = (uid: string) => pods.filter(({ node }) => node !== "n1").find((pod) => pod.uid === uid);
    const asked = project(undefined, { podWith });
    assert.deepEqual(asked.get("n2")?.[0]?.sink, { port: "port-p" });
    assert.deepEqual(asked.get("n1"), []);
  });

  it("is nothing for a tap that is refused", () => {
    const asked = project({ sources: { network: "vault" }, sink: probe });
    assert.deepEqual([...asked.values()].flat(), []);
  });

  it("is an address of a family that the node has, too", () => {
    const six = [nodeNamed("n1", { tunnels: ["fd00::1"] }), nodeNamed("n2", { tunnels: ["192.0.2.2", "fd00::2"] })];
    const tap = tapNamed("t");
    const { taps: asked } = projectOntoNodes(decideTaps([tap], world), six);
    assert.equal(asked.get("n1")?.[0]?.sink.remote?.address, "fd00::2");
  });

  it("has another key for each tap, also where their UIDs would have the same one", () => {
    const taps = Array.from({ length: maxTaps }, (_, n) => tapNamed(`t${n}`));
    const keys = [...decideTaps(taps, world).values()].map((one) => (one.kind === "tapped" ? one.key : 0));
    assert.equal(new Set(keys).size, taps.length);
  });
});

describe("taps that are too many", () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => tapNamed(`t${n}`));

  it("are refused, the youngest first, before anybody looks for their sources", () => {
    const taps = many(maxTaps + 2);
    let looked = 0;
    const podsOf = (namespace: string) => {
      looked += 1;
      return world.podsOf(namespace);
    };
    const decisions = [...decideTaps(taps, { ...world, podsOf }).values()];
    assert.deepEqual(decisions.slice(maxTaps - 1).map(reasonOf), ["tapped", "TooManyTaps", "TooManyTaps"]);
    assert.equal(looked, maxTaps);
  });

  it("are refused when all together select more interfaces than the controller keeps", () => {
    const half = Array.from({ length: maxSources / 2 }, (_, n) => portOf("w1", "blue", `i${n}`));
    const ports = { ...world.ports, ofNetwork: new Map([["blue", half]]) };
    const decisions = [...decideTaps(many(3), { ...world, ports }).values()];
    assert.deepEqual(decisions.map(reasonOf), ["tapped", "tapped", "TooManySources"]);
    assert.match(JSON.stringify(decisions[2]), /room for 0 more interfaces, and the tap selects 32768: select fewer/);
  });

  it("leave room for younger ones where their network allows none of what they select", () => {
    const vault = Array.from({ length: maxSources - 1 }, (_, n) => portOf("w1", "vault", `i${n}`));
    const ports = { ...world.ports, ofNetwork: new Map([...world.ports.ofNetwork, ["vault", vault]]) };
    const decisions = [...decideTaps(many(4), { ...world, ports }).values()];
    assert.deepEqual(decisions.map(reasonOf), ["tapped", "tapped", "tapped", "tapped"]);
    const counts = decisions.map((one) => (one.kind === "tapped" ? one.sources.length : 0));
    assert.deepEqual(counts, [maxSources + 2, 4, 4, 4]);
  });

  it("are asked of a node as many as its object holds, and the others are refused there and say so", () => {
    const taps = many(maxTapsOfNode + 1);
    const last = taps.at(-1);
    assert.ok(last);
    const { taps: asked, full } = projectOntoNodes(decideTaps(taps, world), nodes);
    assert.equal(asked.get("n1")?.length, maxTapsOfNode);
    assert.deepEqual([...full], [[last.uid, new Set(["n2", "n1"])]]);
    const decision = decideTaps([last], world).get(last);
    assert.ok(decision);
    const known = { nodes: new Map(nodes.map((node) => [node.name, node])), full };
    const status = tapStatus(decision, last, known, now);
    assert.equal(status.conditions?.[0]?.reason, "Refused");
    assert.match(status.conditions[0].message, /has no room for it: select fewer interfaces, or delete an older tap/);
  });

  it("never make the object of a node larger than etcd takes, and leave the other nodes alone", () => {
    const wide = Array.from({ length: 1_000 }, (_, n) => ({ ...portOf("w1", "blue"), name: `${"x".repeat(200)}${n}` }));
    const ports = { ...world.ports, ofNetwork: new Map([["blue", [...wide, portOf("w2", "blue")]]]) };
    const { taps: asked, full } = projectOntoNodes(decideTaps(many(5), { ...world, ports }), nodes);
    assert.ok(JSON.stringify(asked.get("n1")).length < maxSourceBytesOfNode + 5_000);
    assert.deepEqual([asked.get("n1")?.length, asked.get("n2")?.length], [2, 5]);
    assert.deepEqual(
      [...full.values()].map((names) => [...names].join()),
      ["n1", "n1", "n1"],
    );
  });
});

describe("a tap of a ProviderNetwork", () => {
  const wire = networkNamed("wire", "shop", { kind: "ProviderNetwork", mtu: 1_500 });
  const onWire: Partial<TapWorld> = {
    networks: [...networks, wire],
    ports: { ...world.ports, ofNetwork: new Map([["wire", [portOf("w1", "wire"), portOf("w2", "wire")]]]) },
  };
  const wired = { sources: { network: "wire" }, sink: probe };

  it("copies the interfaces of its pods as those of a Network", () => {
    assert.deepEqual(sourcesOf(decide(wired, onWire)), ["shop/w1 n1", "shop/w2 n2"]);
  });

  it("is refused where its owner does not allow it, also when somebody has a Network of that name", () => {
    const closed = { ...wire, namespace: "ops", allowTaps: [] };
    const refused = decide(wired, { ...onWire, networks: [closed] });
    assert.equal(reasonOf(refused), "NetworkNotAllowed");
    assert.match(JSON.stringify(refused), /spec\.allowTaps\.names of the ProviderNetwork ops\/wire/);
    const namesake = networkNamed("wire", "other", { uid: "namesake" });
    assert.deepEqual(sourcesOf(decide(wired, { ...onWire, networks: [namesake, wire] })), ["shop/w1 n1", "shop/w2 n2"]);
  });

  it("says which packets do not fit into the tunnel to the sink", () => {
    const tap = tapNamed("t", wired);
    const active = (port: string) => ({
      uid: "uid-t",
      state: "Active" as const,
      reason: "",
      message: "",
      sources: [port],
    });
    const statusWith = (mtu: number | undefined) => {
      const told = ["n1", "n2"].map((name, n) => nodeNamed(name, { mtu, told: [active(`port-w${n + 1}`)] }));
      const known = { nodes: new Map(told.map((node) => [node.name, node])), full: new Map() };
      return tapStatus(decide(wired, onWire), tap, known, now);
    };
    const status = statusWith(1_442);
    assert.deepEqual(
      status.sources?.map(({ pod, state }) => `${pod} ${state}`),
      ["shop/w1 Mirrored", "shop/w2 Mirrored"],
    );
    const [ready] = status.conditions ?? [];
    assert.deepEqual([ready?.status, ready?.reason], ["True", "LargePacketsMissing"]);
    assert.match(ready?.message ?? "", /1 of 2 interfaces, such as net1 of shop\/w1: packets of more than 1442 bytes/);
    for (const mtu of [1_500, undefined]) assert.equal(statusWith(mtu).conditions?.[0]?.reason, "Mirrored");
  });
});

const nobody = { nodes: new Map<string, TapNode>(), full: new Map<string, ReadonlySet<string>>() };

describe("the status of a tap", () => {
  const told = (state: "Active" | "Waiting" | "Refused", ...sources: readonly string[]) => {
    return {
      uid: "uid-t",
      state,
      reason: "R",
      message: state === "Active" ? "" : "said by the agent",
      sources: [...sources],
    };
  };
  const statusWith = (n1: readonly ReturnType<typeof told>[], n2: readonly ReturnType<typeof told>[]) => {
    const tap = tapNamed("t");
    const known = new Map(
      [nodeNamed("n1", { told: n1 }), nodeNamed("n2", { told: n2 })].map((node) => [node.name, node]),
    );
    const withoutLate = { ...world, podWith: (uid: string) => pods.find((pod) => pod.uid === uid && pod.node !== "") };
    const decision = decideTaps([tap], withoutLate).get(tap);
    assert.ok(decision);
    return tapStatus(decision, tap, { nodes: known, full: new Map() }, now);
  };
  const states = (status: ReturnType<typeof statusWith>) => status.sources?.map(({ pod, state }) => `${pod} ${state}`);

  it("says of each source what the agents say, and Ready only when all are mirrored", () => {
    const all = statusWith([told("Active", "port-w1")], [told("Active", "port-w2")]);
    assert.deepEqual(states(all), ["shop/w1 Mirrored", "shop/w2 Mirrored"]);
    assert.equal(all.conditions?.[0]?.status, "True");
    assert.deepEqual(all.columns, { sources: "2/2", sink: "shop/p tap0 on n2" });
    const silent = statusWith([], [told("Active", "port-w2")]);
    assert.deepEqual(states(silent), ["shop/w1 Waiting", "shop/w2 Mirrored"]);
    assert.equal(silent.conditions?.[0]?.reason, "Waiting");
  });

  it("counts a source of another node only when the node of the sink takes its copies", () => {
    const status = statusWith([told("Active", "port-w1")], [told("Waiting")]);
    assert.deepEqual(states(status), ["shop/w1 Waiting", "shop/w2 Waiting"]);
  });

  it("says why a node refuses", () => {
    const status = statusWith([told("Refused")], [told("Active", "port-w2")]);
    assert.deepEqual(states(status), ["shop/w1 Refused", "shop/w2 Mirrored"]);
    const [ready] = status.conditions ?? [];
    assert.equal(ready?.reason, "Refused");
    assert.match(ready.message, /1 of 2 interfaces, such as net1 of shop\/w1: said by the agent/);
  });

  it("says that nothing is selected, and what is wrong with the tap", () => {
    const none = tapStatus(
      { kind: "tapped", sources: [], end: { kind: "gre", address: "192.0.2.1", key: 3 }, key: 1 },
      tapNamed("t"),
      nobody,
      now,
    );
    assert.deepEqual([none.conditions?.[0]?.reason, none.columns?.sink], ["NoSources", "gre 192.0.2.1 key 3"]);
    const refused = tapStatus({ kind: "refused", reason: "NoSink", message: "why" }, tapNamed("t"), nobody, now);
    assert.deepEqual([refused.conditions?.[0]?.reason, refused.sources], ["NoSink", []]);
  });
});
