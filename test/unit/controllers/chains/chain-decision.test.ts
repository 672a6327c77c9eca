import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NetworkStatus } from "#src/api/network/network-schema.ts";
import {
  type ChainDecision,
  type ChainWorld,
  decideChains,
  keepsRows,
  providerEnds,
} from "#src/controllers/chains/chain-decision.ts";
import type { FunctionPod, MemberNetwork } from "#src/controllers/chains/chain-members.ts";
import { type ChainObject, projectChain, withoutNodus } from "#src/controllers/chains/chain-object.ts";
import type { PodPort } from "#src/controllers/chains/chain-ports.ts";
import { chainStatus } from "#src/controllers/chains/chain-status.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { memberNetwork } from "#test/fixtures/controllers/member-network.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const pod = (name: string, more: Partial<FunctionPod> = {}): FunctionPod => ({
  namespace: "default",
  name,
  uid: `uid-${name}`,
  labels: { app: "fw" },
  ready: true,
  ending: false,
  routes: [],
  ...more,
});
const prefixes: Readonly<Record<string, readonly string[]>> = {
  left: ["10.1.0.0/24"],
  mid: ["10.2.0.0/24"],
  right: ["10.3.0.0/24"],
  six: ["fd00::/64"],
};
const port = (podName: string, address: string): PodPort => ({
  uuid: `${podName}-${address}`,
  podUid: `uid-${podName}`,
  ips: [ip(address)],
});

interface Parts {
  readonly networks?: readonly MemberNetwork[];
  readonly pods?: readonly FunctionPod[];
  readonly ports?: Readonly<Record<string, readonly PodPort[]>>;
}

const wired = { left: [port("fw-0", "10.1.0.5")], right: [port("fw-0", "10.3.0.5")] };

function world({
  networks = ["left", "mid", "right", "six"].map((name) => memberNetwork(name)),
  pods = [pod("fw-0")],
  ports = wired,
}: Parts = {}): ChainWorld {
  return {
    networks,
    routerSubnets: ({ name }) => prefixes[name]?.map(cidr),
    ports: (uid) => ports[uid.slice("uid-".length)] ?? [],
    pods: () => pods,
    whyNotMade: (name) => `; why not ${name}`,
  };
}

function chain(
  networkChain: string,
  more: { readonly name?: string; readonly created?: string; readonly spec?: object } = {},
): ChainObject {
  const { name = "c", created = "2026-01-01T00:00:00Z", spec } = more;
  return projectChain({
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      generation: 3,
      creationTimestamp: created,
    },
    spec: { routingSpec: { networkChain }, ...spec },
  });
}

function decide(one: ChainObject, parts: Parts = {}): ChainDecision {
  const decision = decideChains([one], world(parts)).get(one);
  assert.ok(decision);
  return decision;
}

const direct = "net=left,app=fw,net=right";

describe("decideChains", () => {
  it("finds ready pods with both networks, and lets their ports forward", () => {
    const decision = decide(chain(direct));
    assert.ok(decision.kind === "chained");
    assert.deepEqual(
      decision.hops[0]?.replicas.map(({ name }) => name),
      ["fw-0"],
    );
    assert.deepEqual(decision.hops[0].forwarding, ["fw-0-10.1.0.5", "fw-0-10.3.0.5"]);
    assert.deepEqual(decision.hops[0].problems, []);
  });

  it("leaves a pod out that is not ready, whose ports forward nevertheless", () => {
    const decision = decide(chain(direct), { pods: [pod("fw-0", { ready: false })] });
    assert.ok(decision.kind === "chained");
    assert.deepEqual(decision.hops[0]?.replicas, []);
    assert.equal(decision.hops[0].forwarding.length, 2);
    assert.equal(decision.hops[0].problems[0]?.reason, "NoReplica");
  });

  it("needs all labels of a function", () => {
    const decision = decide(chain("net=left,app=fw,tier=edge,net=right"));
    assert.ok(decision.kind === "chained");
    assert.match(decision.hops[0]?.problems[0]?.message ?? "", /there is no such pod/);
  });

  it("says which network a pod of a function lacks, and takes no address outside of it", () => {
    const ports = { left: [port("fw-0", "10.1.0.5")], right: [port("fw-0", "10.9.0.5")] };
    const decision = decide(chain(direct), { ports });
    assert.ok(decision.kind === "chained");
    const said = decision.hops[0]?.problems.map(({ reason, message }) => `${reason}: ${message}`) ?? [];
    assert.match(said.join("\n"), /NoReplica.*\nFunctionWithoutNetworks: pod fw-0 has no interface in right/);
    assert.deepEqual(decision.hops[0]?.forwarding, []);
  });

  it("finds a network by its name in any namespace, and else by its label", () => {
    const labelled = memberNetwork("right", { labels: { net: "blue" } });
    const byLabel = decide(chain("net=left,app=fw,net=blue"), { networks: [memberNetwork("left"), labelled] });
    assert.ok(byLabel.kind === "chained");
    assert.equal(byLabel.path.networks[1]?.name, "right");
  });

  it("lets no label take the place of a network that has the name", () => {
    const thief = memberNetwork("mid", { labels: { net: "right" }, allowChains: [] });
    const decision = decide(chain(direct), { networks: [thief, memberNetwork("left"), memberNetwork("right")] });
    assert.ok(decision.kind === "chained");
    assert.equal(decision.path.networks[1]?.name, "right");
  });

  it("keeps the rows of a chain that drops while it cannot be understood, and of no other", () => {
    const dropping = chain(direct);
    for (const reason of ["Invalid", "UnknownNetwork", "NetworkNotRouted"]) assert.ok(keepsRows(dropping, { reason }));
    for (const reason of ["NetworkNotAllowed", "ChainOverlap", "SameNetwork"]) {
      assert.ok(!keepsRows(dropping, { reason }), reason);
    }
    assert.ok(keepsRows({ config: "a chain that an older version took" }, { reason: "Invalid" }));
    const { config } = dropping;
    assert.ok(typeof config !== "string");
    assert.ok(!keepsRows({ config: { ...config, onFailure: "Bypass" } }, { reason: "UnknownNetwork" }));
  });

  const refusals: Readonly<Record<string, readonly [string, Parts, string, RegExp]>> = {
    "an end that does not exist": [
      "net=left,app=fw,net=gone",
      {},
      "UnknownNetwork",
      /right end: there is no Network net=gone: create a Network with the name gone, or a ProviderNetwork for an end; why not gone$/,
    ],
    "an isolated end": [
      direct,
      { networks: [memberNetwork("left", { routed: false }), memberNetwork("right")] },
      "NetworkNotRouted",
      /left end: left has no port on the router/,
    ],
    "an end whose owner allows it not": [
      direct,
      { networks: [memberNetwork("left", { namespace: "other", allowChains: ["other"] }), memberNetwork("right")] },
      "NetworkNotAllowed",
      /writes default into spec\.allowChains\.names of the Network other\/left/,
    ],
    "ends on one switch": [
      "net=left,app=fw,net=blue",
      { networks: [memberNetwork("left", { labels: { net: "blue" } })] },
      "SameNetwork",
      /the network left stands twice/,
    ],
    "a network in the middle that is an end too, by its label": [
      "net=left,app=fw,net=blue,app=fw,net=right",
      { networks: [memberNetwork("left", { labels: { net: "blue" } }), memberNetwork("right")] },
      "SameNetwork",
      /the network left stands twice/,
    ],
    "ends without a common family": [
      "net=left,app=fw,net=six",
      {},
      "NoCommonFamily",
      /no family of addresses in common/,
    ],
    "a label of several networks": [
      "net=left,app=fw,net=blue",
      {
        networks: [
          memberNetwork("left"),
          memberNetwork("right", { labels: { net: "blue" } }),
          memberNetwork("mid", { labels: { net: "blue" } }),
        ],
      },
      "UnknownNetwork",
      /label of several Networks/,
    ],
  };
  for (const [what, [text, parts, reason, message]] of Object.entries(refusals)) {
    it(`chains nothing for ${what}`, () => {
      const decision = decide(chain(text), parts);
      assert.ok(decision.kind === "refused");
      assert.equal(decision.reason, reason);
      assert.match(decision.message, message);
    });
  }

  it("drops when a network in the middle is gone, rather than to let traffic pass", () => {
    const decision = decide(chain("net=left,app=fw,net=gone,app=dpi,net=right"));
    assert.ok(decision.kind === "chained");
    assert.deepEqual(
      decision.hops.map(({ problems }) => problems[0]?.reason),
      ["UnknownNetwork", "UnknownNetwork"],
    );
    assert.deepEqual(decision.path.hops, [[], []]);
  });

  it("gives the traffic between two networks to the older chain, whatever end is left", () => {
    const older = chain(direct, { name: "older", created: "2025-01-01T00:00:00Z" });
    const younger = chain("net=right,app=fw,net=left", { name: "younger" });
    const decisions = decideChains([younger, older].sort(compareAge), world());
    assert.equal(decisions.get(older)?.kind, "chained");
    const other = decisions.get(younger);
    assert.ok(other?.kind === "refused");
    assert.match(other.message, /the older chain default\/older has the traffic/);
  });
});

describe("the status of a chain", () => {
  const now = "2026-11-28T20:00:00.000Z";
  const conditionsOf = (decision: ChainDecision, one: ChainObject = chain(direct)) =>
    (chainStatus(decision, one, now).conditions ?? []).map(
      ({ type, status, reason }: NonNullable<NetworkStatus["conditions"]>[number]) => `${type}=${status} ${reason}`,
    );

  it("is Ready with a pod in each hop, and shows the path", () => {
    const one = chain(direct);
    const decision = decide(one);
    assert.deepEqual(conditionsOf(decision), [
      "Ready=True Chained",
      "Degraded=False Complete",
      "RoutesAsked=True Asked",
    ]);
    const { path, hops, state } = chainStatus(decision, one, now);
    assert.equal(path, "left > app=fw (1) > right");
    assert.equal(state, "Created");
    assert.deepEqual(hops, [
      { name: "app=fw", left: "left", right: "right", pods: [{ name: "fw-0", slices: 64 }], slices: 64 },
    ]);
  });

  it("is not Ready while traffic is dropped, and is Ready while it goes around", () => {
    assert.deepEqual(conditionsOf(decide(chain(direct), { pods: [] })).slice(0, 2), [
      "Ready=False Dropped",
      "Degraded=True NoReplica",
    ]);
    const bypass = chain(direct, { spec: { onFailure: "Bypass", routingSpec: { networkChain: direct } } });
    assert.deepEqual(conditionsOf(decide(bypass, { pods: [] })), [
      "Ready=True Bypassed",
      "Degraded=True NoReplica",
      "RoutesAsked=True Asked",
    ]);
  });

  it("says why nothing is chained", () => {
    assert.deepEqual(conditionsOf(decide(chain("net=left,app=fw,net=gone"))), [
      "Ready=False UnknownNetwork",
      "Degraded=False NotChained",
    ]);
    assert.deepEqual(conditionsOf(decide(chain("broken"))), ["Ready=False Invalid", "Degraded=False NotChained"]);
  });
});

it("takes only the finalizer of Nodus from a chain", () => {
  const one = projectChain({
    metadata: { name: "c", uid: "u", resourceVersion: "1", finalizers: ["nfnCleanUpNetworkChain", "other"] },
  });
  assert.deepEqual(withoutNodus(one), ["other"]);
  assert.equal(withoutNodus({ ...one, finalizers: ["other"] }), undefined);
});

describe("providerEnds", () => {
  const provider = (name: string, more: Partial<MemberNetwork> = {}) =>
    memberNetwork(name, { kind: "ProviderNetwork", ...more });
  const spec = {
    routingSpec: { networkChain: "app=fw", left: [{ networkName: "left" }], right: [{ networkName: "right" }] },
  };

  it("takes the ProviderNetworks at the ends that their owners allow, and no Network", () => {
    const chains = [chain(direct)];
    assert.deepEqual([...providerEnds(chains, [provider("left"), memberNetwork("right")])], ["uid-left"]);
    assert.deepEqual([...providerEnds([chain("", { spec })], [provider("left"), provider("right")])].length, 2);
    assert.deepEqual([...providerEnds(chains, [provider("left", { allowChains: ["other"] })])], []);
    assert.deepEqual([...providerEnds(chains, [provider("left", { routed: false })])], []);
    assert.deepEqual([...providerEnds([chain("net=left")], [provider("left")])], [], "a chain that breaks a rule");
  });

  it("lets one be in the chain when the router has its port, as a network that is closed otherwise", () => {
    const networks = [provider("left"), memberNetwork("right")];
    const decision = decide(chain("", { spec }), { networks });
    assert.ok(decision.kind === "chained");
    assert.equal(decision.path.networks[0]?.closed, true);
    assert.equal(decision.path.networks[1]?.closed, undefined);
    const waits = decide(chain("net=dc,app=fw,net=right"), { networks: [provider("dc"), memberNetwork("right")] });
    assert.ok(waits.kind === "refused");
    assert.match(waits.message, /dc has no port on the router yet: look at the conditions of the ProviderNetwork/);
  });

  it("is no place for one in the middle, nor for one without addresses", () => {
    const networks = [memberNetwork("left"), provider("mid"), memberNetwork("right")];
    const middle = decide(chain("net=left,app=fw,net=mid,app=fw,net=right"), { networks });
    assert.ok(middle.kind === "chained");
    assert.match(middle.hops[0]?.problems[0]?.message ?? "", /mid is a ProviderNetwork, which can only be an end/);
    const bare = decide(chain(direct), { networks: [provider("left", { routed: false }), memberNetwork("right")] });
    assert.ok(bare.kind === "refused");
    assert.match(bare.message, /left has no port on the router, since it has no addresses/);
  });
});
