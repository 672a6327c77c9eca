import assert from "node:assert/strict";
import { test } from "node:test";
import { hostEndOfPort, parseHostEnd, printHostEnd } from "#cni/plumbing/host-end.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";

const end = {
  allocation: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD",
  sandbox: "c".repeat(64),
  interfaceName: "net1",
  attachment: "eth0@1",
  cniNetwork: "ovn4nfv.prod_1",
};

test("an alias says what its link was made for, and so do the ids of its port", () => {
  assert.deepEqual(parseHostEnd(printHostEnd(end)), end);
  const ids = {
    [interfaceKeys.allocation]: end.allocation,
    [interfaceKeys.sandbox]: end.sandbox,
    [interfaceKeys.interface]: end.interfaceName,
    [interfaceKeys.attachment]: end.attachment,
    [interfaceKeys.cniNetwork]: end.cniNetwork,
  };
  assert.deepEqual(hostEndOfPort(new Map(Object.entries(ids))), end);
});

test("a name that is too long for the kernel, or no word, gives no alias instead of a wrong one", () => {
  assert.equal(printHostEnd({ ...end, cniNetwork: "n".repeat(200) }), undefined);
  assert.equal(printHostEnd({ ...end, attachment: "a b" }), undefined);
  const others = printHostEnd({ ...end, cniNetwork: "" })?.length ?? 0;
  assert.equal(printHostEnd({ ...end, cniNetwork: "n".repeat(254 - others) })?.length, 254);
  assert.equal(printHostEnd({ ...end, cniNetwork: "n".repeat(255 - others) }), undefined);
});

test("somebody else's alias says nothing", () => {
  for (const alias of [undefined, "", "uplink", "ovn4nfv/a/b", "ovn4nfv/a/b/c/d/", "ovn4nfv/a/b/c/d/e/f"])
    assert.equal(parseHostEnd(alias), undefined, alias);
});
