import assert from "node:assert/strict";
import { test } from "node:test";
import { objectOfRow, readObjectNames } from "#src/commands/trace/row-objects.ts";
import { printReport, reportTrace, type ReportView, type TracedWay } from "#src/commands/trace/trace-report.ts";
import type { TraceEnd } from "#src/commands/trace/trace-story.ts";
import { AppError } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";

const key = (name: string): string => `k8s.plugin.opnfv.org/${name}`;
const idsOf = (more: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries({ owner: "ovn4nfv", ...more }).map(([name, value]) => [key(name), value]));

function ip(text: string): IpAddress {
  const address = parseIp(text);
  assert.ok(address);
  return address;
}

const from = {
  namespace: "default",
  pod: "a",
  name: "net1",
  port: "a-net1",
  mac: "0a:58:00:00:00:02",
  ips: [],
  // The report reads the name of the network alone.
  network: { network: { name: "left" } } as unknown as SwitchState,
  isUp: false,
  chain: undefined,
};

const way = (end: TraceEnd, isChosen = true): TracedWay => ({
  way: { from, source: ip("10.1.0.2"), destination: ip("10.3.0.2"), nextHop: ip("10.1.0.1"), mac: undefined, isChosen },
  story: { steps: [], end, routers: 0 },
});

const view: ReportView = {
  nameObject: (ids) => ids.get(key("row")) ?? "somebody else",
  interfaceOf: (port) => (port === from.port ? from : undefined),
  idsOf: (datapath) => (datapath === "wired" ? idsOf({ row: "Network wired" }) : undefined),
};

test("each end is a sentence", () => {
  const said = (end: TraceEnd) => reportTrace([way(end)], { proto: "icmp", port: 0 }, view).says;
  assert.equal(
    said({ kind: "delivered", ports: ["a-net1", "vm"] }),
    "delivered to default/a net1 and the port vm of somebody else",
  );
  assert.equal(said({ kind: "wire", port: "p", datapath: "wired" }), "leaves by the wire of wired, of Network wired");
  assert.equal(said({ kind: "answered", by: "master" }), "answered by master: the ping comes back to default/a net1");
  assert.match(said({ kind: "asks", by: "gw" }), /^gw asks for the MAC address/);
  assert.equal(said({ kind: "dropped", by: "left", reason: "an ACL", row: undefined }), "dropped by left: an ACL");
});

test("what the trace cannot know is a note", () => {
  const report = reportTrace([way({ kind: "asks", by: "gw" }, false)], { proto: "tcp", port: 80 }, view);
  assert.deepEqual(
    report.notes.map((note) => note.split(" ").slice(0, 2).join(" ")),
    ["no route", "ovn-trace of", "no chassis"],
  );
  assert.match(printReport(report), /^default\/a net1 10\.1\.0\.2 > 10\.3\.0\.2, tcp port 80\n\nWHERE/);
});

test("a row tells the object that it was made for", async () => {
  assert.deepEqual(objectOfRow(new Map()), { kind: "foreign" });
  assert.deepEqual(objectOfRow(idsOf({ row: "topology/ovn4nfv-master" })), { kind: "installation" });
  const rows = [
    idsOf({ row: "chains/uid-1/ipv4-forward-0-closed" }),
    idsOf({ row: "uid-2/snat-10.1.0.0/24" }),
    idsOf({ allocation: "id", namespace: "shop", pod: "web-0" }),
    idsOf({ row: "uplink/uid-3/gateway" }),
    idsOf({ row: "policies/rule/uid-4/group/ingress-0", policy: "default/allow-web" }),
    idsOf({ row: "policies/isolate/group/ingress" }),
  ];
  const name = await readObjectNames(undefined, rows, new Map([["uid-2", "Network left"]]), {});
  assert.deepEqual(rows.map(name), [
    "NetworkChaining uid-1",
    "Network left",
    "Pod shop/web-0",
    "Uplink uid-3",
    "MultiNetworkPolicy default/allow-web",
    "network policies",
  ]);
  assert.deepEqual([name(new Map()), name(idsOf({ row: "topology/x" }))], ["somebody else", "ovn4nfv"]);
});

test("an object that the user may not read keeps its UID, and another error is thrown", async () => {
  const rows = [idsOf({ row: "chains/uid-1/closed" })];
  const failing = (status: number): ApiClient => {
    const line = `User "eve" cannot list resource "networkchainings"`;
    const fail = () =>
      Promise.reject(new AppError("KubeApiError", line, { details: { status, reason: "Forbidden", message: line } }));
    return { request: fail, stream: fail };
  };
  assert.equal(
    (await readObjectNames(failing(403), rows, new Map(), {}))(rows[0] ?? new Map()),
    "NetworkChaining uid-1",
  );
  await assert.rejects(readObjectNames(failing(500), rows, new Map(), {}));
});
