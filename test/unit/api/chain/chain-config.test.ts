import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseChain } from "#src/api/chain/chain-config.ts";

const chain = (routing: object, spec: object = {}) => ({
  metadata: { name: "c", namespace: "default", uid: "u" },
  spec: { chainType: "Routing", routingSpec: { namespace: "default", ...routing }, ...spec },
});
const way = (networkChain: string, more: object = {}) => parseChain(chain({ networkChain, ...more }));

describe("parseChain", () => {
  it("reads networks and the functions between them, and drops traffic by default", () => {
    const read = way("net=left, app=fw ,net=mid,app.kubernetes.io/name=dpi,net=right");
    assert.deepEqual(
      read.networks.map(({ name }) => name),
      ["left", "mid", "right"],
    );
    assert.deepEqual(
      read.functions.map(({ name, labels }) => ({ name, labels })),
      [
        { name: "app=fw", labels: { app: "fw" } },
        { name: "app.kubernetes.io/name=dpi", labels: { "app.kubernetes.io/name": "dpi" } },
      ],
    );
    assert.equal(read.onFailure, "Drop");
    assert.deepEqual(read.unused, []);
  });

  it("takes all labels between two networks for one function", () => {
    const [one, second] = way("net=a,app=fw,tier=edge,net=b").functions;
    assert.deepEqual(one?.labels, { app: "fw", tier: "edge" });
    assert.equal(second, undefined);
  });

  it("takes the ends from left and right where the chain names none, as Nodus' provider mode does", () => {
    const ends = { left: [{ networkName: "l", gatewayIp: "192.0.2.1" }], right: [{ networkName: "r" }] };
    const { networks, unused } = way("app=fw,net=mid,app=dpi", ends);
    assert.deepEqual(networks, [
      { text: "l", name: "l", byLabel: false },
      { text: "net=mid", name: "mid", byLabel: true },
      { text: "r", name: "r", byLabel: false },
    ]);
    assert.deepEqual(unused.length, 1);
    assert.match(unused[0] ?? "", /spec\.routingSpec\.left: gatewayIp say nothing here/);
  });

  const refused: Readonly<Record<string, readonly [string, object, RegExp]>> = {
    "an element without a key": [
      "app=fw,dync-net1,app=dpi",
      {},
      /"dync-net1" is no label; write net=dync-net1 for a network/,
    ],
    "an empty element": ["net=a,,net=b", {}, /is no label/],
    "two functions with no network between": [
      "net=a,app=fw,app=dpi,net=b",
      {},
      /no network between; write the network between the two functions, as in app=fw,net=NAME,app=dpi/,
    ],
    "two networks with no function between": ["net=a,net=b,app=fw,net=c", {}, /"net=b" follows another network/],
    "a chain without a function": ["net=a", {}, /has no function/],
    "a network that is there twice": ["net=a,app=fw,net=a", {}, /"net=a" is in the chain twice/],
    "an end that nobody names": [
      "app=fw,net=b",
      {},
      /spec\.routingSpec\.left names no network.*begin networkChain with net=NAME/,
    ],
    "two networks at one end": [
      "app=fw,net=b",
      { left: [{ networkName: "x" }, { networkName: "y" }] },
      /"y" is a second network at the left end/,
    ],
    "an end that left and the chain name differently": [
      "net=virtual-net1,app=fw,net=virtual-net2",
      { left: [{ networkName: "left-pnetwork" }] },
      /remove networkName to chain virtual-net1, or remove net=virtual-net1 from networkChain to chain left-pnetwork/,
    ],
    "another namespace": [
      "net=a,app=fw,net=b",
      { namespace: "other" },
      /"other" is not the namespace of the chain itself; create the chain in the namespace/,
    ],
  };
  for (const [what, [networkChain, more, message]] of Object.entries(refused)) {
    it(`refuses ${what}, and says what to write`, () => {
      assert.throws(() => way(networkChain, more), message);
    });
  }

  it("refuses another type of chain", () => {
    assert.throws(
      () => parseChain(chain({ networkChain: "net=a,app=b,net=c" }, { chainType: "Inline" })),
      /spec\.chainType/,
    );
  });
});

// The NetworkChainings of the folders demo and deploy of icn-nodus 1280aca, as they are but for comments.
const selectors = (label: string, namespace: string) => ({
  podSelector: { matchLabels: { sfc: label } },
  namespaceSelector: { matchLabels: { sfc: namespace } },
});
const provider = (name: string, gatewayIp: string, subnet: string, label: string) => ({
  networkName: name,
  gatewayIp,
  subnet,
  ...selectors(label, label),
});
const left = provider("left-pnetwork", "172.30.10.2", "172.30.10.0/24", "head");
const right = provider("right-pnetwork", "172.30.20.2", "172.30.20.0/24", "tail");
const labelled = "app.kubernetes.io/name";
const setupTwo = `net=my-subnet1,${labelled}=slb,net=dynamic-1,${labelled}=ngfw,net=dynamic-2,${labelled}=sdewan,net=my-subnet2`;

const demo = (networkChain: string, ends: object) =>
  parseChain({
    metadata: { name: "example-networkchaining", namespace: "default", uid: "u" },
    spec: { chainType: "Routing", routingSpec: { namespace: "default", networkChain, ...ends } },
  });

describe("the chains of Nodus' demos", () => {
  it("calico-nodus-secondary-sfc-setup-II/virtual-sfc.yaml is taken, with a warning that whole networks are chained", () => {
    const ends = {
      left: [selectors("head", "head"), selectors("head-1", "head")],
      right: [selectors("tail", "tail"), selectors("tail-1", "tail")],
    };
    const { networks, functions, unused } = demo(setupTwo, ends);
    assert.deepEqual(
      networks.map(({ name }) => name),
      ["my-subnet1", "dynamic-1", "dynamic-2", "my-subnet2"],
    );
    assert.equal(functions.length, 3);
    assert.match(unused.join("\n"), /left: podSelector, namespaceSelector say nothing here.*\n.*right:/);
  });

  it("setup-II/sfc.yaml and sfc-with-virtual-and-provider-network.yaml name each end twice: the refusal says what to remove", () => {
    const virtual = "net=virtual-net1,app=slb,net=dync-net1,app=ngfw,net=dync-net2,app=sdewan,net=virtual-net2";
    for (const [text, end] of [
      [setupTwo, "my-subnet1"],
      [virtual, "virtual-net1"],
    ] as const) {
      assert.throws(
        () => demo(text, { left: [left], right: [right] }),
        new RegExp(
          `"left-pnetwork" is another network than net=${end} .*remove networkName to chain ${end}, or remove net=${end}`,
        ),
      );
    }
  });

  it("nodus-primary-sfc-setup/sfc.yaml is taken: its ends are the networks of left and right", () => {
    const { networks } = demo("app=slb,net=dync-net1,app=ngfw,net=dync-net2,app=sdwan", {
      left: [left],
      right: [right],
    });
    assert.deepEqual(
      networks.map(({ text }) => text),
      ["left-pnetwork", "net=dync-net1", "net=dync-net2", "right-pnetwork"],
    );
  });

  it("k8s_v1alpha1_networkchaining_cr.yaml writes networks without their key, which the refusal adds", () => {
    assert.throws(
      () => demo("app=slb,dync-net1,app=ngfw,dync-net2,app=sdwan", {}),
      /"dync-net1" is no label; write net=dync-net1 for a network, or app=NAME/,
    );
  });
});
