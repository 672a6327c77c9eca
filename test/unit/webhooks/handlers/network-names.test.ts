import assert from "node:assert/strict";
import { test } from "node:test";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { refused } from "#test/assertions/refused.ts";
import { refuseTakenName, refuseTakenSwitch } from "#webhooks/handlers/network-names.ts";

test("a name is refused with the object or the switch that has it", () => {
  const other = {
    kind: "Network",
    namespace: "shop",
    name: "blue",
    uid: "u",
    deleting: false,
    object: { metadata: {}, spec: {} },
  } as const;
  refuseTakenName("green", [other]);
  assert.match(
    refused(() => {
      refuseTakenName("blue", [other]);
    }).reason,
    /a Network of the namespace shop/,
  );
  const fixture = new NbFixture();
  fixture.addSwitch("vms", "10.9.0.0/24");
  refuseTakenSwitch("green", fixture.index, "choose");
  assert.match(
    refused(() => {
      refuseTakenSwitch("vms", fixture.index, "choose");
    }).reason,
    /logical switch that is there already/,
  );
});
