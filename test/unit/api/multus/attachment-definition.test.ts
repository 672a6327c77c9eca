import assert from "node:assert/strict";
import { test } from "node:test";
import { readOwnDefinition } from "#src/api/multus/attachment-definition.ts";

const read = (config: object) => readOwnDefinition(JSON.stringify(config));

test("a definition of our plugin is ours under its own name and under Nodus'", () => {
  assert.deepEqual(read({ type: "ovn4nfv-cni", "nfn-network": "blue" }), { network: "blue" });
  assert.deepEqual(read({ cniVersion: "0.3.1", type: "ovn4nfvk8s-cni" }), { network: undefined });
  assert.deepEqual(read({ type: "ovn4nfvk8s-cni", "nfn-network": "" }), { network: undefined });
});

test("our plugin is found in a list of plugins, with its own network", () => {
  const plugins = [
    { type: "tuning", "nfn-network": "red" },
    { type: "ovn4nfv-cni", "nfn-network": "blue" },
  ];
  assert.deepEqual(read({ cniVersion: "1.0.0", name: "n", plugins }), { network: "blue", configName: "n" });
  assert.equal(read({ plugins: [{ type: "macvlan" }, 7, null] }), undefined);
});

test("a definition says the name that claims use, and whether it admits them", () => {
  const plugin = { type: "ovn4nfv-cni", "nfn-network": "blue" };
  const named = { network: "blue", configName: "n" };
  assert.deepEqual(read({ ...plugin, name: "n", allowPersistentIPs: true }), { ...named, allowsClaims: true });
  const plugins = [{ ...plugin, allowPersistentIPs: false }];
  assert.deepEqual(read({ name: "n", allowPersistentIPs: true, plugins }), { ...named, allowsClaims: false });
});

test("a setting that nobody can read leaves a definition ours", () => {
  const plugin = { type: "ovn4nfv-cni", "nfn-network": "blue" };
  const own = { network: "blue" };
  assert.deepEqual(read({ ...plugin, allowPersistentIPs: "true" }), { ...own, allowsClaims: true });
  assert.deepEqual(read({ ...plugin, allowPersistentIPs: "false" }), { ...own, allowsClaims: false });
  assert.deepEqual(read({ allowPersistentIPs: "true", plugins: [plugin] }), { ...own, allowsClaims: true });
  assert.deepEqual(read({ ...plugin, allowPersistentIPs: null }), own);
  for (const odd of ["yes", 7, {}]) {
    const expected = { ...own, oddClaimSetting: JSON.stringify(odd) };
    assert.deepEqual(read({ ...plugin, allowPersistentIPs: odd }), expected);
    assert.deepEqual(read({ allowPersistentIPs: odd, plugins: [plugin] }), expected);
  }
  for (const name of [7, {}, null, ""]) {
    assert.deepEqual(read({ ...plugin, name }), own);
    assert.deepEqual(read({ name, plugins: [plugin] }), own);
  }
  assert.deepEqual(read({ ...plugin, "nfn-network": 7 }), { network: undefined });
});

test("a definition of another plugin, or one that nobody can read, is not ours", () => {
  assert.equal(read({ type: "macvlan", "nfn-network": "blue" }), undefined);
  assert.equal(read([{ type: "ovn4nfv-cni" }]), undefined);
  assert.equal(read({ type: 7, "nfn-network": "blue" }), undefined);
  for (const config of ["", "{", "7", undefined, null, { type: "ovn4nfv-cni" }]) {
    assert.equal(readOwnDefinition(config), undefined);
  }
});
