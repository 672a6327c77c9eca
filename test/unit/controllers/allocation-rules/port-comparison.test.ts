import assert from "node:assert/strict";
import { test } from "node:test";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { isAsWritten, type PortInNb } from "#src/controllers/allocation-rules/port-comparison.ts";
import { id, labelledPod, portName } from "#test/fixtures/controllers/labelled-pod.ts";

const addresses = ["0a:58:0a:01:00:07 10.1.0.7"];
const written = {
  name: portName,
  type: "",
  enabled: undefined,
  up: true,
  addresses,
  port_security: addresses,
  dynamic_addresses: undefined,
  dhcpv4_options: undefined,
  dhcpv6_options: undefined,
  tag: undefined,
  options: new Map([["iface-id-ver", id]]),
  external_ids: new Map<string, string>(),
};

function isWritten(columns: Partial<PortInNb["row"]>, network: string | undefined = "blue"): boolean {
  const [result] = storedResultOf(labelledPod());
  assert.ok(result !== undefined);
  return isAsWritten({ row: { ...written, ...columns }, network }, id, result);
}

test("a port is as it was written, whatever others add that is not ours", () => {
  assert.ok(isWritten({}));
  assert.ok(isWritten({ enabled: true, options: new Map([...written.options, ["requested-chassis", "n1"]]) }));
  assert.ok(isWritten({ addresses: ["10.1.0.7 0a:58:0a:01:00:07"] }), "the order of the words has no meaning");
});

const edits: Readonly<Record<string, Partial<PortInNb["row"]>>> = {
  "another address": { addresses: ["0a:58:0a:01:00:07 10.1.0.8"] },
  "one address more": { addresses: [...addresses, "unknown"] },
  "no address": { addresses: [] },
  "no port security": { port_security: [] },
  "another port security": { port_security: ["0a:58:0a:01:00:07"] },
  "a type": { type: "localport" },
  "enabled=false": { enabled: false },
  "another iface-id-ver": { options: new Map([["iface-id-ver", "x"]]) },
  "no options": { options: new Map() },
};
for (const [edit, columns] of Object.entries(edits)) {
  test(`a port with ${edit} was edited`, () => {
    assert.ok(!isWritten(columns));
  });
}

test("a port on another switch was moved", () => {
  assert.ok(!isWritten({}, "green"));
});

test("the port of a pod that forwards for a chain has its MAC alone, and no other port has", () => {
  const forwards = new Map([["k8s.plugin.opnfv.org/forwards-for", "uid-of-a-chain"]]);
  assert.ok(isWritten({ port_security: ["0a:58:0a:01:00:07"], external_ids: forwards }));
  assert.ok(!isWritten({ port_security: ["0a:58:0a:01:00:07"] }));
  assert.ok(!isWritten({ external_ids: forwards }), "the addresses keep packets of others out");
});

test("the filter of a port is as its result says: with more addresses, by the MAC alone, or none", () => {
  const [result] = storedResultOf(labelledPod());
  assert.ok(result !== undefined);
  const row = (port_security: readonly string[]) => ({ row: { ...written, port_security }, network: "blue" });
  const filters = [
    [{ allowed_addresses: ["10.1.0.200"] }, ["0a:58:0a:01:00:07 10.1.0.7 10.1.0.200"]],
    [{ port_security: "mac" }, ["0a:58:0a:01:00:07"]],
    [{ port_security: "off" }, []],
  ] as const;
  for (const [own, column] of filters) {
    assert.ok(isAsWritten(row(column), id, { ...result, ...own }), JSON.stringify(own));
    assert.ok(!isAsWritten(row(addresses), id, { ...result, ...own }), `${JSON.stringify(own)} was edited`);
  }
});

test("the port of a tap is disabled, and somebody who enables it has edited it", () => {
  const [result] = storedResultOf(labelledPod());
  assert.ok(result !== undefined);
  const isTapWritten = (enabled: boolean | undefined) =>
    isAsWritten({ row: { ...written, enabled }, network: "blue" }, id, { ...result, tap: true });
  assert.ok(isTapWritten(false));
  assert.ok(!isTapWritten(undefined));
});

test("a port that waits has no address that OVN sees, is disabled, and waits with the addresses of the result", () => {
  const waiting = {
    addresses: [],
    port_security: [],
    enabled: false,
    external_ids: new Map([["k8s.plugin.opnfv.org/waits-with", "0a:58:0a:01:00:07 10.1.0.7"]]),
  };
  assert.ok(isWritten(waiting));
  assert.ok(!isWritten({ ...waiting, addresses }));
  assert.ok(!isWritten({ ...waiting, enabled: undefined }));
  const other = new Map([["k8s.plugin.opnfv.org/waits-with", "0a:58:0a:01:00:07 10.1.0.8"]]);
  assert.ok(!isWritten({ ...waiting, external_ids: other }));
});
