import assert from "node:assert/strict";
import { test } from "node:test";
import { networksKey, readSelections } from "#lab/dynamic-networks/network-selection.ts";

const read = (text: string) => readSelections({ [networksKey]: text }, "home");

test("both forms are read, and the pod's namespace stands for one that is left out", () => {
  const plain = { ips: undefined, mac: undefined, cniArgs: undefined };
  assert.deepEqual(read("blue, there/red@data"), [
    { namespace: "home", name: "blue", interface: "" },
    { namespace: "there", name: "red", interface: "data" },
  ]);
  assert.deepEqual(read('[{"name": "blue"}, {"name": "red", "namespace": "there", "interface": "data"}]'), [
    { namespace: "home", name: "blue", interface: "", ...plain },
    { namespace: "there", name: "red", interface: "data", ...plain },
  ]);
});

test("of the settings it keeps addresses, MAC and cni-args, and drops the others", () => {
  const [selection] = read(
    '[{"name": "blue", "interface": "data", "ips": ["10.0.0.5/24"], "mac": "02:00:00:00:00:01", "cni-args": {"a": 1},' +
      ' "bandwidth": {"ingressRate": 1}, "default-route": ["10.0.0.1"], "ipam-claim-reference": "vm.blue"}]',
  );
  assert.deepEqual(selection, {
    namespace: "home",
    name: "blue",
    interface: "data",
    ips: ["10.0.0.5/24"],
    mac: "02:00:00:00:00:01",
    cniArgs: { a: 1 },
  });
});

test("a pod that selects nothing has no selections, and what cannot be read is an error", () => {
  assert.deepEqual(read(""), []);
  assert.deepEqual(read("[]"), []);
  assert.deepEqual(readSelections({}, "home"), []);
  assert.throws(() => read('[{"name": 5}]'));
  assert.throws(() => read("a/b/c"), /no network attachment/);
});
