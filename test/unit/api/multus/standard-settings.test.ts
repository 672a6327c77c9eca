import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { refuseAgainstStandard } from "#src/api/multus/standard-settings.ts";
import { refused } from "#test/assertions/refused.ts";

const ours = new Map([["shop/blue", { network: "blue" }]]);
const check = (...elements: readonly object[]) => {
  refuseAgainstStandard(parseSelections(JSON.stringify(elements), "shop"), ours);
};
const key = "k8s.v1.cni.cncf.io/networks: ";

test("a setting of the standard that an OVN port cannot have fails the request, in any case of its key", () => {
  for (const setting of [
    { portMappings: [{ hostPort: 80, containerPort: 80 }] },
    { PortMappings: [] },
    { "infiniband-guid": "c2:11:22:33:44:55:66:77" },
  ]) {
    const { code, field } = refused(() => {
      check({ name: "blue" }, { name: "blue", interface: "b", ...setting });
    });
    assert.equal(`${code} ${field}`, `SelectionInvalid ${key}[1].${Object.keys(setting)[0] ?? ""}`);
  }
});

test("keys with a null, own keys of others and settings of other plugins' selections are left alone", () => {
  check({ name: "blue", portMappings: null, "example.com/colour": "red", "cni-args": {} });
  check({ name: "macvlan", portMappings: [{ hostPort: 80, containerPort: 80 }] }, { name: "blue" });
});

test("two selections that ask for the default route are refused when one of them is ours", () => {
  const route = (name: string, gateway: string) => ({ name, "default-route": [gateway] });
  const { code, field, reason } = refused(() => {
    check(route("macvlan", "192.0.2.1"), route("blue", "fd00::1"));
  });
  assert.equal(`${code} ${field}`, `SelectionInvalid ${key}[1].default-route`);
  assert.match(reason, /as k8s\.v1\.cni\.cncf\.io\/networks: \[0\] does/);
  check(route("macvlan", "192.0.2.1"), route("bridge", "192.0.2.2"), { name: "blue" });
  check(route("blue", "10.1.0.1"), { name: "blue", interface: "b" });
});
