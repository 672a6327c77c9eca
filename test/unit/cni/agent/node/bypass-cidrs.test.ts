import assert from "node:assert/strict";
import { test } from "node:test";
import { bypassCidrsOf, BypassCidrs } from "#cni/agent/node/bypass-cidrs.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const node = (name: string, podCIDRs: readonly string[], addresses: readonly string[]) => ({
  metadata: { name, uid: name, resourceVersion: "1" },
  spec: { podCIDRs },
  status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
});
const nodes = [
  node("n1", ["10.244.1.0/24", "fd00:1::/64"], ["192.0.2.11", "2001:db8::11", "n1.example"]),
  node("n2", ["10.244.2.0/24"], ["192.0.2.12"]),
];
const services = {
  metadata: { name: "k", uid: "k", resourceVersion: "1" },
  spec: { cidrs: ["10.96.0.0/12", "fd00:96::/112"] },
};
const expected = [
  ...["192.0.2.11/32", "2001:db8::11/128", "10.244.1.0/24", "fd00:1::/64", "10.244.2.0/24"],
  ...["10.96.0.0/12", "fd00:96::/112"],
];
const parts = { nodeName: "n1", fixed: [], logger: silentLogger };
const isServices = ({ path }: ApiRequest) => path.endsWith("servicecidrs");

test("kept are this node's addresses, the pods of all nodes, and services, each family's range by itself", () => {
  assert.deepEqual(bypassCidrsOf("n1", { nodes, serviceCidrs: [services] }), expected);
});

test("the cluster is asked when a pod needs it, and not again for a minute", async () => {
  const client = new FakeApiClient((request) => listOf(isServices(request) ? [services] : nodes, "1"));
  const clock = new ManualClock();
  const bypass = new BypassCidrs({ ...parts, client, clock });
  assert.deepEqual(await bypass.get({}), expected);
  await bypass.get({});
  assert.equal(client.requests.length, 2);
  clock.jump(60_000);
  await bypass.get({});
  assert.equal(client.requests.length, 4);
});

test("a cluster without ServiceCIDR objects is no fault (the predecessor failed without kubeadm's ConfigMap)", async () => {
  const client = new FakeApiClient((request) => {
    if (isServices(request)) throw statusError(404, "NotFound");
    return listOf(nodes, "1");
  });
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) };
  const clock = new ManualClock();
  const bypass = new BypassCidrs({ ...parts, client, clock, logger });
  assert.deepEqual(await bypass.get({}), expected.slice(0, 5));
  clock.jump(60_000);
  await bypass.get({});
  assert.equal(warnings.length, 1, "told once");
  assert.match(warnings.join(), /reaches no Services, unless --kept-ranges/);
});

test("configured CIDRs replace those of the cluster, and a wrong one is an error at the start", async () => {
  const client = new FakeApiClient(() => assert.fail("nobody is asked"));
  const make = (fixed: readonly string[]) => new BypassCidrs({ ...parts, fixed, client, clock: new ManualClock() });
  assert.deepEqual(await make(["10.0.0.0/8"]).get({}), ["10.0.0.0/8"]);
  assert.throws(() => make(["10.0.0.0"]), { code: "ConfigInvalid", message: /--kept-ranges: "10\.0\.0\.0"/ });
});

test("50 pods that wait at once share one read, in pages (each read all nodes at once by itself)", async () => {
  const second = { items: [nodes[1]], metadata: { resourceVersion: "1" } };
  const client = new FakeApiClient(({ path, query }) => {
    if (path.endsWith("servicecidrs")) return listOf([services], "1");
    if (query?.["continue"] === "more") return second;
    return { items: [nodes[0]], metadata: { resourceVersion: "1", continue: "more" } };
  });
  const bypass = new BypassCidrs({ ...parts, client, clock: new ManualClock() });
  const read = await Promise.all(Array.from({ length: 50 }, () => bypass.get({})));
  assert.ok(read.every((cidrs) => JSON.stringify(cidrs) === JSON.stringify(expected)));
  assert.equal(client.requests.length, 3);
  assert.deepEqual(
    client.requests.filter((request) => !isServices(request)).map(({ query }) => query?.["limit"]),
    [500, 500],
  );
});

test("a read that fails after its only pod has given up harms nobody (it ended the agent)", async () => {
  const client = new FakeApiClient(() => Promise.reject(statusError(503, "ServiceUnavailable")));
  const bypass = new BypassCidrs({ ...parts, client, clock: new ManualClock() });
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    await assert.rejects(bypass.get({ signal: AbortSignal.abort() }), { code: "Aborted" });
    await settled();
  } finally {
    process.off("unhandledRejection", note);
  }
  assert.deepEqual(unhandled, []);
});

test("a read goes on for the others when one of the pods gives up, and a failed one is made anew", async () => {
  const held = Promise.withResolvers<undefined>();
  let fails = true;
  const client = new FakeApiClient(async (request) => {
    await held.promise;
    if (fails) throw statusError(503, "ServiceUnavailable");
    return listOf(isServices(request) ? [services] : nodes, "1");
  });
  const bypass = new BypassCidrs({ ...parts, client, clock: new ManualClock() });
  const gone = new AbortController();
  const first = assert.rejects(bypass.get({ signal: gone.signal }), { code: "Aborted" });
  const second = assert.rejects(bypass.get({}));
  gone.abort();
  await first;
  held.resolve(undefined);
  await second;
  fails = false;
  assert.deepEqual(await bypass.get({}), expected);
});
