import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rawService } from "#test/fixtures/controllers/service-parts.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { parseRange } from "#src/net/range.ts";
import { decideService, type ServiceWorld } from "#src/controllers/services/service-decision.ts";
import { projectNetworkedPod } from "#src/controllers/pods/networked-pod.ts";
import { projectService, type ServiceNetwork } from "#src/controllers/services/service-object.ts";

const ip = (text: string) => {
  const address = parseIp(text);
  assert.ok(address);
  return address;
};
const range = (text: string) => {
  const found = parseRange(text);
  assert.ok(found);
  return found;
};
const network: ServiceNetwork = {
  name: "blue",
  uid: "n",
  routed: true,
  ranges: [range("10.1.0.200..10.1.0.201"), range("fd00::200")],
  families: [4, 6],
  uplink: undefined,
  allowed: "*",
};
const service = (spec: object = {}, ips = "") =>
  projectService(rawService({ ips, spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec } }));
const pod = (uid: string, more: object = {}, ready = true) =>
  projectNetworkedPod({
    metadata: { uid, namespace: "shop", name: uid, labels: { app: "web" }, ...more },
    spec: { containers: [{ ports: [{ name: "http", containerPort: 8081 }] }] },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  } as unknown as KubeObject);
const world = (more: Partial<ServiceWorld> = {}): ServiceWorld => ({
  network,
  namespaceLabels: {},
  held: [],
  holderOf: () => undefined,
  isPromised: () => false,
  isReserved: () => true,
  pods: [pod("p1")],
  addressesOf: (uid) => (uid === "p1" ? [ip("10.1.0.7"), ip("fd00::7")] : [ip("10.1.0.8")]),
  ...more,
});
const served = (...args: Parameters<typeof decideService>) => {
  const decision = decideService(...args);
  assert.ok(decision.kind === "served");
  return decision;
};
const reasonOf = (...args: Parameters<typeof decideService>) => {
  const decision = decideService(...args);
  return decision.kind === "refused" ? decision.reason : decision.problem?.reason;
};
const texts = (addresses: readonly { readonly family: 4 | 6 }[]) => addresses.map((one) => printIp(one as never));

describe("the addresses of a Service", () => {
  it("are the first free ones of each family, and stay what they are", () => {
    const taken = world({ holderOf: (address) => (printIp(address) === "10.1.0.200" ? "another" : undefined) });
    assert.deepEqual(texts(served(service(), world()).service.addresses), ["10.1.0.200", "fd00::200"]);
    assert.deepEqual(texts(served(service(), taken).service.addresses), ["10.1.0.201", "fd00::200"]);
    const held = world({ held: [ip("10.1.0.201")] });
    assert.deepEqual(texts(served(service(), held).service.addresses), ["10.1.0.201", "fd00::200"]);
  });

  it("are none that another Service was told, but those that it was told itself", () => {
    const promised = world({ isPromised: (address) => printIp(address) === "10.1.0.200" });
    assert.deepEqual(texts(served(service(), promised).service.addresses), ["10.1.0.201", "fd00::200"]);
    assert.deepEqual(texts(served(service({}, "10.1.0.200"), promised).service.addresses), ["10.1.0.200"]);
  });

  it("are searched in a bounded number of steps, however many ranges of IPv6 the network has", () => {
    const ranges = Array.from({ length: 64 }, (_, n) => range(`fd00:${n.toString(16)}::/96`));
    let asked = 0;
    const counting = (isReserved: boolean) =>
      world({
        network: { ...network, ranges },
        isReserved: () => {
          asked += 1;
          return isReserved;
        },
        holderOf: () => "another",
      });
    assert.equal(reasonOf(service(), counting(true)), "PoolExhausted");
    assert.ok(asked < 70_000, `${asked} steps`);
    asked = 0;
    assert.equal(reasonOf(service(), counting(false)), "WaitsForNetwork");
    assert.ok(asked < 1_000, `${asked} steps where the network is refused`);
  });

  it("are new ones only when NB keeps them from pods, and stay those that it has", () => {
    const first = world({ isReserved: (address) => printIp(address) !== "10.1.0.200" });
    assert.deepEqual(texts(served(service(), first).service.addresses), ["10.1.0.201", "fd00::200"]);
    const none = world({ isReserved: () => false });
    assert.equal(reasonOf(service(), none), "WaitsForNetwork");
    assert.equal(reasonOf(service({}, "10.1.0.200"), none), "WaitsForNetwork");
    const held = { ...none, held: [ip("10.1.0.200"), ip("fd00::200")] };
    assert.deepEqual(texts(served(service(), held).service.addresses), ["10.1.0.200", "fd00::200"]);
    assert.deepEqual(texts(served(service({}, "10.1.0.200"), held).service.addresses), ["10.1.0.200"]);
  });

  it("are those that the user asks for, or there are none", () => {
    assert.deepEqual(texts(served(service({}, "10.1.0.201"), world()).service.addresses), ["10.1.0.201"]);
    assert.equal(reasonOf(service({}, "10.1.0.9"), world()), "AddressOutOfRange");
    assert.equal(reasonOf(service({}, "many"), world()), "Malformed");
    assert.equal(reasonOf(service({}, "10.1.0.200 10.1.0.201"), world()), "Malformed");
    assert.equal(reasonOf(service({}, "10.1.0.200"), world({ holderOf: () => "another" })), "AddressInUse");
    assert.equal(reasonOf(service(), world({ holderOf: () => "another" })), "PoolExhausted");
  });
});

describe("a Service that is reached from outside", () => {
  const outside = { type: "LoadBalancer", loadBalancerClass: "k8s.plugin.opnfv.org/uplink" };
  it("needs no address of its network, and is served there where it can be", () => {
    const none = world({ network: { ...network, ranges: [] } });
    assert.deepEqual(served(service(outside), none).service.addresses, []);
    assert.equal(served(service(outside), none).problem, undefined);
    const full = world({ holderOf: () => "another" });
    assert.equal(served(service(outside), full).problem?.reason, "PoolExhausted");
    assert.deepEqual(texts(served(service(outside), world()).service.addresses), ["10.1.0.200", "fd00::200"]);
  });
});

describe("the network of a Service", () => {
  it("is there, has a router, addresses for Services, and admits the namespace", () => {
    const on = (more: Partial<ServiceNetwork>) => world({ network: { ...network, ...more } });
    assert.equal(reasonOf(service(), world({ network: undefined })), "NetworkNotFound");
    assert.equal(reasonOf(service(), on({ routed: false })), "NetworkNotRouted");
    assert.equal(reasonOf(service(), on({ ranges: [] })), "NoServiceAddresses");
    assert.equal(reasonOf(service(), on({ allowed: { names: ["else"], selector: undefined } })), "NotAllowed");
    const selector = { matchLabels: { tier: "front" } };
    const byLabel = { ...on({ allowed: { names: [], selector } }), namespaceLabels: { tier: "front" } };
    assert.equal(reasonOf(service(), byLabel), undefined);
  });
});

describe("the backends of a Service", () => {
  const ends = (spec: object, more: Partial<ServiceWorld>) =>
    served(service(spec), world(more)).service.ports[0]?.backends.map(
      ({ address, port }) => `${printIp(address)} ${port}`,
    );

  it("are the ready pods of its selector that do not end, with their addresses on the network", () => {
    const pods = [pod("p1"), pod("p2", {}, false), pod("p3", { deletionTimestamp: "2026-01-01T00:00:00Z" })];
    assert.deepEqual(ends({}, { pods }), ["10.1.0.7 8080", "fd00::7 8080"]);
    assert.deepEqual(ends({ publishNotReadyAddresses: true }, { pods })?.length, 3);
    assert.deepEqual(ends({}, { pods: [pod("p1", { labels: {} })] }), []);
  });

  it("have a port by its name in each pod", () => {
    const named = { ports: [{ port: 80, targetPort: "http" }] };
    assert.deepEqual(ends(named, {}), ["10.1.0.7 8081", "fd00::7 8081"]);
    const both = { ports: [{ port: 80 }, { port: 81, targetPort: "other" }] };
    assert.equal(reasonOf(service(both), world()), "NoSuchNamedPort");
  });

  it("have the named ports of containers that run beside the others, as in Kubernetes", () => {
    const ports = [{ name: "proxy", containerPort: 15_000 }];
    const beside = projectNetworkedPod({
      ...({ metadata: { uid: "p1", namespace: "shop", name: "p1", labels: { app: "web" } } } as unknown as KubeObject),
      spec: { containers: [{}], initContainers: [{ ports, restartPolicy: "Always" }] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    const named = { ports: [{ port: 80, targetPort: "proxy" }] };
    assert.deepEqual(ends(named, { pods: [beside] }), ["10.1.0.7 15000", "fd00::7 15000"]);
  });

  it("may be none, which is told", () => {
    assert.equal(reasonOf(service(), world({ pods: [] })), "NoBackends");
    assert.equal(reasonOf(service({ ports: [] }), world()), "Invalid");
  });
});
