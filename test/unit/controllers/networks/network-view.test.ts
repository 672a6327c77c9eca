import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeRows } from "#test/fakes/ovn/fake-nb.ts";
import { portsOn, switchesNamed } from "#src/controllers/networks/network-view.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { printIp } from "#src/net/ip.ts";

const ids = (entries: Readonly<Record<string, string>>) =>
  new Map(Object.entries(entries).map(([key, value]) => [externalId(key as "row"), value]));
const port = (name: string, external_ids: ReadonlyMap<string, string>, ...addresses: readonly string[]) => ({
  name,
  type: "",
  addresses,
  port_security: [],
  dynamic_addresses: undefined,
  options: new Map(),
  external_ids,
});
const blue = {
  name: "blue",
  ports: new Set(["a", "b", "c", "gone"]),
  other_config: new Map<string, string>(),
  external_ids: ids({ row: "u1/switch" }),
};
const tables: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  Logical_Switch: { s: blue },
  Logical_Switch_Port: {
    a: port("a", ids({ owner: "ovn4nfv", allocation: "A", namespace: "n", pod: "p" }), "0a:00:00:00:00:01 10.1.0.2"),
    b: port("vm", new Map(), "0a:00:00:00:00:02 10.1.0.3"),
    c: port("stor-blue", ids({ owner: "ovn4nfv", row: "u1/stor-blue" }), "router"),
  },
};
const source = fakeRows(tables);

test("ports of pods and of others are seen, our own port to the router is not", () => {
  const seen = portsOn(source, blue).map(({ name, pod, ips }) => [name, pod, ...ips.map(printIp)]);
  assert.deepEqual(seen, [
    ["a", "n/p", "10.1.0.2"],
    ["vm", undefined, "10.1.0.3"],
  ]);
});

test("switches are found by their whole name", () => {
  assert.deepEqual([switchesNamed(source, "blue").length, switchesNamed(source, "blu").length], [1, 0]);
});
