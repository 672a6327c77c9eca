import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { firstMac } from "#src/ipam/plan/mac-choice.ts";
import type { Picks } from "#src/ipam/plan/planning-view.ts";
import { recoveredPod, ipOf, macOf, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

function network(macPrefix?: string) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24", macPrefix === undefined ? {} : { "mac-prefix": macPrefix });
  const [state] = nb.index.named("blue");
  assert.ok(state);
  const own: Picks = { state, ips: new Set(), macs: new Set(), nextHops: new Set() };
  const first = (...ips: readonly string[]) =>
    firstMac(
      own,
      ips.map((text) => ({ ip: ipOf(text), prefixLength: 24, requested: false })),
      nb.view,
      "default/web/net1",
    );
  return { nb, state, own, first };
}

describe("the automatic MAC", () => {
  it("is the network's prefix and the IPv4 address", () => {
    assert.equal(network().first("10.1.2.3", "fd00::1"), "0a:58:0a:01:02:03");
    assert.equal(network("02:42:01").first("10.1.2.3"), "02:42:01:01:02:03");
  });

  it("comes from a hash of the pod where the network hands out no addresses, and is another one for the next", () => {
    const { own, first } = network();
    const mac = first();
    assert.match(mac ?? "", /^0a:58:/);
    assert.ok(mac);
    own.macs.add(mac);
    assert.notEqual(first(), mac);
  });

  it("comes from a hash of the IPv6 address where there is no IPv4", () => {
    const digest = createHash("sha256").update("fd00::2").digest("hex");
    assert.equal(network().first("fd00::2"), `0a:58:${(digest.slice(0, 8).match(/../g) ?? []).join(":")}`);
  });

  it("is the next number of the prefix when somebody has it, and wraps at the prefix's end", () => {
    const { nb, own, state, first } = network("0a:58:00:00:00");
    nb.addPort("blue", "vm", { addresses: "0a:58:00:00:00:fe" });
    own.macs.add(macOf("0a:58:00:00:00:ff"));
    state.withheld.add(macOf("0a:58:00:00:00:00"));
    nb.index.recovered.add(recoveredPod("blue", "10.0.0.9", "0a:58:00:00:00:01"));
    assert.equal(first("10.0.0.254"), "0a:58:00:00:00:02");
  });

  it("is none when the prefix is used up", () => {
    const { own, first } = network("0a:58:00:00:00");
    for (let n = 0; n < 256; n += 1) own.macs.add(macOf(`0a:58:00:00:00:${n.toString(16).padStart(2, "0")}`));
    assert.equal(first("10.0.0.2"), undefined);
  });
});
