import assert from "node:assert/strict";
import { test } from "node:test";
import { findGateway } from "#src/ipam/plan/floating-gateway-choice.ts";
import { refused } from "#test/assertions/refused.ts";
import { withUplink } from "#test/fixtures/ipam/floating-nb.ts";

test("a network finds the gateway of its Uplink, and one without an Uplink is told what it is", () => {
  const nb = withUplink();
  nb.addSwitch("alone", "10.1.0.0/24");
  const asked = { field: "interface[0].externalIp", address: undefined, distributed: false };
  const find = (name: string) => {
    const [state] = nb.index.named(name);
    assert.ok(state);
    return findGateway(state.network, asked, nb.index);
  };
  assert.equal(find("blue").uplink, "west");
  assert.match(refused(() => find("alone")).reason, /is isolated: no router of ours is on it$/);
  assert.match(refused(() => find("wan")).reason, /a ProviderNetwork, on which pods are outside/);
});
