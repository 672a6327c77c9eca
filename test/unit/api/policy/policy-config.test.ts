import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy, policyForKey } from "#src/api/policy/policy-config.ts";
import { policyLimits } from "#src/api/policy/policy-rules.ts";
import { printCidr } from "#src/net/cidr.ts";

const policy = (spec: object, policyFor = "blue"): object => ({
  metadata: { name: "p", namespace: "default", uid: "u", annotations: { [policyForKey]: policyFor } },
  spec: { podSelector: {}, ...spec },
});
const faultOf = (spec: object): string => parsePolicy(policy(spec)).fault?.message ?? "";

describe("a MultiNetworkPolicy", () => {
  it("names definitions or networks, whose namespace is its own when there is none, and blanks do not matter", () => {
    const { targets } = parsePolicy(policy({}, " lan/blue , red,"));
    assert.deepEqual(targets, [
      { namespace: "lan", name: "blue" },
      { namespace: "default", name: "red" },
    ]);
    assert.deepEqual(parsePolicy({ metadata: { name: "p" }, spec: { podSelector: {} } }).targets, []);
  });

  it("is about ingress by default, and about egress when it has rules for that", () => {
    assert.deepEqual(parsePolicy(policy({})).isolates, ["ingress"]);
    assert.deepEqual(parsePolicy(policy({ egress: [] })).isolates, ["ingress"]);
    assert.deepEqual(parsePolicy(policy({ egress: [{}] })).isolates, ["ingress", "egress"]);
    assert.deepEqual(parsePolicy(policy({ policyTypes: ["Egress"] })).isolates, ["egress"]);
    assert.deepEqual(parsePolicy(policy({ policyTypes: ["Egress"], ingress: [{}] })).rules, []);
  });

  it("allows everybody and everything where a rule has neither peers nor ports", () => {
    const [rule] = parsePolicy(policy({ ingress: [{ from: [], ports: [] }] })).rules;
    assert.deepEqual(rule, { direction: "ingress", index: 0, peers: undefined, ports: undefined });
  });

  it("selects peers in its own namespace, or in those that a selector selects", () => {
    const pods = { matchLabels: { app: "a" } };
    const namespaces = { matchLabels: { team: "t" } };
    const from = [
      { podSelector: pods },
      { namespaceSelector: namespaces },
      { podSelector: pods, namespaceSelector: {} },
    ];
    assert.deepEqual(parsePolicy(policy({ ingress: [{ from }] })).rules[0]?.peers?.pods, [
      { namespace: "default", namespaces: undefined, pods },
      { namespace: undefined, namespaces, pods: {} },
      { namespace: undefined, namespaces: {}, pods },
    ]);
  });

  it("takes exceptions out of a block", () => {
    const to = [{ ipBlock: { cidr: "10.0.0.0/28", except: ["10.0.0.4/30"] } }];
    const [rule] = parsePolicy(policy({ egress: [{ to }] })).rules;
    assert.deepEqual(rule?.peers?.blocks.map(printCidr), ["10.0.0.0/30", "10.0.0.8/29"]);
  });

  it("has ports with a number, a range, a name, or a protocol alone", () => {
    const ports = [{ port: 80 }, { protocol: "UDP", port: 1000, endPort: 2000 }, { port: "web" }, { protocol: "SCTP" }];
    assert.deepEqual(parsePolicy(policy({ ingress: [{ ports }] })).rules[0]?.ports, [
      { protocol: "TCP", first: 80, last: 80 },
      { protocol: "UDP", first: 1000, last: 2000 },
      { protocol: "TCP", name: "web" },
      { protocol: "SCTP" },
    ]);
  });

  const wrong: Readonly<Record<string, readonly [spec: object, says: RegExp]>> = {
    "a block beside a selector": [
      { ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }] }] },
      /spec\.ingress\[0\]\.from\[0\] has an ipBlock beside a selector; write two peers/,
    ],
    "a peer that names nobody": [{ ingress: [{ from: [{}] }] }, /from\[0\] names nobody; write a podSelector/],
    "a prefix that is none": [{ egress: [{ to: [{ ipBlock: { cidr: "ten" } }] }] }, /cidr "ten" is no prefix/],
    "the end of a range without its beginning": [
      { ingress: [{ ports: [{ endPort: 9 }] }] },
      /endPort 9 has no first port/,
    ],
    "a range that ends before it begins": [
      { ingress: [{ ports: [{ port: 9, endPort: 8 }] }] },
      /8 is less than port 9/,
    ],
    "the end of a range beside a name": [
      { ingress: [{ ports: [{ port: "a", endPort: 8 }] }] },
      /beside a port with a name/,
    ],
    "an unknown protocol": [{ ingress: [{ ports: [{ protocol: "ICMP" }] }] }, /spec\.ingress/],
    "a million rules": [
      { ingress: Array.from({ length: 1_000_000 }, () => ({})) },
      /more than 128 entries; make several/,
    ],
    "too many exceptions": [
      {
        egress: [
          { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: Array.from({ length: 129 }, () => "10.0.0.0/32") } }] },
        ],
      },
      /except 129 is a list with more than 128 entries; name fewer or larger prefixes/,
    ],
    "exceptions that need too many prefixes": [
      {
        egress: Array.from({ length: 64 }, () => ({
          to: [{ ipBlock: { cidr: "::/0", except: ["fd00::1/128"] } }],
        })),
      },
      /needs more than 4096 prefixes for its ipBlocks; name fewer or larger prefixes/,
    ],
    "exceptions that need too many prefixes, of which no more are made, before a prefix that is none": [
      {
        egress: [
          { to: [{ ipBlock: { cidr: "::/0", except: Array.from({ length: 128 }, (_, n) => `${n}::1/128`) } }] },
          { to: [{ ipBlock: { cidr: "ten" } }] },
        ],
      },
      /needs more than 4096 prefixes/,
    ],
    "a selector that is too long": [
      { ingress: [{ from: [{ podSelector: { matchLabels: longLabels() } }] }] },
      /is a selector of \d+ characters, and may have 4096; give the pods one label/,
    ],
  };
  for (const [what, [spec, says]] of Object.entries(wrong)) {
    it(`isolates its pods and allows nothing with ${what}`, () => {
      const { rules, isolates } = parsePolicy(policy(spec));
      assert.deepEqual(rules, []);
      assert.ok(isolates.includes("ingress"));
      assert.match(faultOf(spec), says);
    });
  }

  it("isolates both directions when a type is none that it knows", () => {
    const { isolates, rules, fault } = parsePolicy(policy({ policyTypes: ["ingress"], ingress: [{}] }));
    assert.deepEqual([isolates, rules], [["ingress", "egress"], []]);
    assert.match(fault?.message ?? "", /spec\.policyTypes/);
  });

  it("isolates its pods on the networks that it names well, and allows nothing, when other names are wrong", () => {
    const { targets, isolates, rules, fault } = parsePolicy(policy({ ingress: [{}] }, "blue,a/b/c"));
    assert.deepEqual([targets, isolates, rules], [[{ namespace: "default", name: "blue" }], ["ingress"], []]);
    assert.match(fault?.message ?? "", /"a\/b\/c" is no name of a network; write NAMESPACE\/NAME/);
  });

  it("isolates its pods on all networks, and allows nothing, when it names too many", () => {
    const names = (count: number): string => Array.from({ length: count }, (_, n) => `net-${n}`).join(",");
    const { targets, rules, fault } = parsePolicy(policy({ ingress: [{}] }, names(33)));
    assert.deepEqual([targets.length, rules], [33, []]);
    assert.match(fault?.message ?? "", /names more than 32 networks; make several policies/);
    assert.equal(parsePolicy(policy({}, "a,".repeat(33))).fault, undefined);
    assert.equal(parsePolicy(policy({}, names(100_000))).targets.length, 1024);
  });

  it("cannot be read at all when its own selector or all its networks are wrong", () => {
    assert.throws(() => parsePolicy(policy({ podSelector: { matchLabels: { "a b": "c" } } })), /spec\.podSelector/);
    assert.throws(() => parsePolicy(policy({}, "a/b/c")), /"a\/b\/c" is no name of a network; write NAMESPACE\/NAME/);
  });
});

function longLabels(): Readonly<Record<string, string>> {
  const count = policyLimits.selectorCharacters / 64;
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`label-${n}`, "v".repeat(63)]));
}
