import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy, policyForKey } from "#src/api/policy/policy-config.ts";
import { policySizes } from "#src/api/policy/policy-size.ts";

const many = <T>(length: number, one: T): readonly T[] => Array.from({ length }, () => one);
const networks = (count: number): string => Array.from({ length: count }, (_, n) => `net-${n}`).join(",");

function parse(spec: object, count = 1) {
  const annotations = { [policyForKey]: networks(count) };
  return parsePolicy({
    metadata: { name: "p", namespace: "default", annotations },
    spec: { podSelector: {}, ...spec },
  });
}

const peer = { podSelector: {} };
const named = { port: "web" };
const tooLarge: Readonly<Record<string, readonly [spec: object, networks: number, says: RegExp]>> = {
  "peers in all rules": [
    { ingress: many(3, { from: many(100, peer) }) },
    1,
    /spec has 300 peers that are selected by labels, and may have 256; make several policies/,
  ],
  "peers in both directions": [
    { ingress: many(2, { from: many(100, peer) }), egress: [{ to: many(57, peer) }] },
    1,
    /spec has 257 peers/,
  ],
  "ports in all rules": [{ ingress: many(3, { ports: many(100, { port: 80 }) }) }, 1, /300 ports in its rules/],
  "rules on many networks": [{ ingress: many(33, {}) }, 32, /has 1056 rules on all its networks together/],
  "peers on many networks": [
    { ingress: [{ from: many(33, peer) }] },
    32,
    /has 1056 peers on all its networks together/,
  ],
  "named ports with peers": [
    { egress: [{ to: many(33, peer), ports: many(32, named) }] },
    1,
    /has 1056 pairs of a named port and a peer in egress rules, and may have 1024; write numbers/,
  ],
};

describe("the size of a policy", () => {
  for (const [what, [spec, count, says]] of Object.entries(tooLarge)) {
    it(`isolates its pods and allows nothing with too many ${what}`, () => {
      const { rules, isolates, fault } = parse(spec, count);
      assert.deepEqual(rules, []);
      assert.ok(isolates.length > 0);
      assert.match(fault?.message ?? "", says);
    });
  }

  it("may be as large as the limits, and blocks are no peers that are selected by labels", () => {
    const blocks = many(128, { ipBlock: { cidr: "10.0.0.0/8" } });
    const rules = [{ from: many(128, peer) }, { from: many(128, peer) }, { from: blocks, ports: many(128, named) }];
    const { fault } = parse({ ingress: [...rules, { ports: many(128, named) }] }, 4);
    assert.equal(fault, undefined);
    assert.equal(parse({ ingress: many(policySizes.onNetworks / 32, {}) }, 32).fault, undefined);
  });
});
