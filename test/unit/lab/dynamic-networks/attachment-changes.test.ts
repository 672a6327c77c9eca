import assert from "node:assert/strict";
import { test } from "node:test";
import { attachmentChanges } from "#lab/dynamic-networks/attachment-changes.ts";

const selected = (name: string, ifname: string) => ({ namespace: "home", name, interface: ifname });
const status = (name: string, ifname: string) => ({ name, interface: ifname, dns: {} });
const primary = { ...status("lab", "eth0"), default: true };

test("a selection without an entry is added, in the order of the annotation, and an entry without a selection is removed", () => {
  const { added, removed } = attachmentChanges(
    [selected("blue", "net1"), selected("red", "net3"), selected("blue", "net2")],
    [primary, status("home/blue", "net1"), status("home/green", "net4")],
  );
  assert.deepEqual(added, [selected("red", "net3"), selected("blue", "net2")]);
  assert.deepEqual(removed, [selected("green", "net4")]);
});

test("an interface that moves to another definition is removed from the one and added to the other", () => {
  const { added, removed } = attachmentChanges([selected("red", "net1")], [status("home/blue", "net1")]);
  assert.deepEqual([added, removed], [[selected("red", "net1")], [selected("blue", "net1")]]);
});

test("a selection without the name of an interface is never found in the status, so that every interface needs one", () => {
  const { added, removed } = attachmentChanges([selected("blue", "")], [status("home/blue", "net1")]);
  assert.deepEqual([added, removed], [[selected("blue", "")], [selected("blue", "net1")]]);
});

test("one selection for several interfaces finds its own, and asks for the removal of the others", () => {
  const both = [status("kube-system/ovn4nfv", "net1"), status("kube-system/ovn4nfv", "net2")];
  const ours = { namespace: "kube-system", name: "ovn4nfv", interface: "net1" };
  assert.deepEqual(attachmentChanges([ours], [primary, ...both]), {
    added: [],
    removed: [{ ...ours, interface: "net2" }],
  });
});
