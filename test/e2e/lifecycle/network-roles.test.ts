// Each kind of ours, tried by users with the roles that an installation brings, in the ways in which an object is written.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { keptAnnotation } from "#src/api/claim/claim-keys.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { systemClock } from "#src/core/clock.ts";
import { uplinkClass } from "#src/api/service/service-config.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { patchTypes } from "#src/kube/client/resource-api.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { apiVersionOf, type Resource, resourcePath, resources } from "#src/kube/client/resources.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createIdentities } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";

const namespace = "default";
/** Roles of the namespace alone, and the last one of the cluster. */
const users = ["view", "edit", "wildcard", "editors", "cluster-editors"] as const;
type User = (typeof users)[number];
const editorRoles = ["provider-network", "uplink", "floating-ip", "network", "chain", "tap"] as const;

interface Kind {
  readonly resource: Resource;
  readonly spec: object;
  /** The users that may make, change and delete one. */
  readonly writers: readonly User[];
  /** The users that may change its labels, when they are more. */
  readonly labellers?: readonly User[];
}

const selector = { matchLabels: { app: "shop" } };
const kinds: readonly Kind[] = [
  {
    resource: resources.providerNetworks,
    spec: { providerNetType: "DIRECT", direct: { providerInterfaceName: "eth1" } },
    writers: ["cluster-editors"],
    labellers: ["wildcard", "editors", "cluster-editors"],
  },
  {
    resource: resources.uplinks,
    spec: { physicalNetwork: "provider", addresses: ["198.51.100.9/24"] },
    writers: ["cluster-editors"],
  },
  {
    resource: resources.floatingIps,
    spec: { uplink: "west", selector },
    writers: ["edit", "wildcard", "editors", "cluster-editors"],
  },
  {
    resource: resources.networks,
    spec: { ipv4Subnets: [{ subnet: "10.1.0.0/24" }] },
    writers: ["wildcard", "editors", "cluster-editors"],
  },
  {
    resource: resources.networkChainings,
    spec: { routingSpec: { networkChain: "net=branch,app=firewall,net=datacenter" } },
    writers: ["wildcard", "editors", "cluster-editors"],
  },
  {
    resource: resources.taps,
    spec: { sources: { podSelector: selector, network: "shop" }, sink: { podSelector: selector } },
    writers: ["wildcard", "editors", "cluster-editors"],
  },
  { resource: resources.ovnNodes, spec: {}, writers: [] },
];
const claims: Kind = { resource: resources.ipamClaims, spec: { network: "blue", interface: "" }, writers: [] };
/** The kinds whose status only the controller writes, whatever a Role of a namespace says. */
const openStatus: ReadonlySet<Resource> = new Set([resources.networks, resources.networkChainings, resources.taps]);
const closedStatus = kinds.filter(({ resource }) => !openStatus.has(resource));

describe("the roles for networks", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  const clients = new Map<User | "admin" | "controller", HttpsApiClient>();
  let plane: ControlPlane;

  before(async () => {
    const { path: folder } = owned.use(createTemporaryFolder("roles"));
    plane = owned.use(await ControlPlane.start({ folder }));
    const { administrator, kubectl } = plane;
    const crds = kinds.map(({ resource }) => `deploy/crds/${resource.plural}.yaml`);
    await administrator.apply(crds.flatMap(readManifests));
    await administrator.established(...kinds.map(({ resource }) => `${resource.plural}.k8s.plugin.opnfv.org`));
    const { controller } = await createIdentities(plane);
    await administrator.apply(readManifests("deploy/components/ipam-claims/crd.yaml"));
    await administrator.established("ipamclaims.k8s.cni.cncf.io");
    const policies = ["provider-networks", "floating-ips", "services", "ipam-claims", "nodes", "rbac/users"];
    await kubectl.apply(policies.flatMap((name) => readManifests(`deploy/base/${name}.yaml`)));
    await kubectl.apply([
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "everything", namespace },
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      },
    ]);
    const bind = (kind: string, name: string, role: string, user: User) =>
      kubectl.must(["create", kind, name, role, `--user=${user}`, `-n${namespace}`]);
    await bind("rolebinding", "view", "--clusterrole=view", "view");
    await bind("rolebinding", "edit", "--clusterrole=edit", "edit");
    await bind("rolebinding", "wildcard", "--role=everything", "wildcard");
    for (const name of editorRoles) {
      const role = `--clusterrole=ovn4nfv-${name}-editor`;
      await bind("rolebinding", `of-${name}`, role, "editors");
      await bind("clusterrolebinding", `of-${name}`, role, "cluster-editors");
    }
    const connect = (who: User | "admin" | "controller", path: string): void => {
      const config = loadKubeConfig({ path });
      clients.set(
        who,
        new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "e2e/1" }),
      );
    };
    for (const user of users) connect(user, await plane.createUser({ commonName: user }));
    connect("admin", plane.adminKubeconfig);
    connect("controller", controller);
    for (const kind of kinds) await send("admin", { method: "POST", path: pathOf(kind), body: objectOf(kind, "made") });
    const [provider, , floating] = kinds;
    // The API server uses new policies and roles some moments later, and the manager adds up roles.
    await kubectl.apply([serviceOf(uplinkClass), serviceOf("example.com/other")]);
    for (const request of [creationOf(provider), statusOf(floating), addressOf(uplinkClass)]) {
      await until(async () => !(await isLet("wildcard", request)), 60_000);
    }
    await until(() => isLet("edit", creationOf(floating)), 60_000);
  });
  after(async () => {
    for (const client of clients.values()) client.close();
    await owned.disposeAsync();
  });

  function send(who: User | "admin" | "controller", request: ApiRequest): Promise<unknown> {
    const client = clients.get(who);
    assert.ok(client);
    return client.request(request);
  }
  /** Tries it without an effect. */
  async function isLet(who: User | "admin" | "controller", request: ApiRequest): Promise<boolean> {
    try {
      await send(who, { ...request, query: { ...request.query, dryRun: "All" } });
      return true;
    } catch (caught) {
      assert.equal(apiErrorDetails(caught)?.status, 403, fromUnknown(caught).message);
      return false;
    }
  }
  const whoMay = async (request: ApiRequest): Promise<readonly User[]> => {
    const found: User[] = [];
    for (const user of users) if (await isLet(user, request)) found.push(user);
    return found;
  };

  for (const kind of kinds) {
    const { kind: name } = kind.resource;
    it(`let only those make, change and delete a ${name} who are meant to`, async () => {
      assert.deepEqual(await whoMay(creationOf(kind)), kind.writers);
      const path = pathOf(kind, "made");
      const changed = { ...changeOf(path), body: { metadata: { labels: { a: "b" } } } };
      assert.deepEqual(await whoMay(changed), kind.labellers ?? kind.writers, "labels");
      if (kind.writers.length > 0) assert.deepEqual(await whoMay({ method: "DELETE", path }), kind.writers, "delete");
      assert.equal(await isLet("admin", creationOf(kind)), true);
    });

    it(`let everybody read a ${name} who may read the namespace, or the cluster`, async () => {
      const readers = kind.resource.namespaced ? ["view", "edit", "wildcard"] : [];
      assert.deepEqual(await whoMay({ method: "GET", path: pathOf(kind, "made") }), readers);
    });
  }

  it("let nobody but the controller write what a Service has of ours", async () => {
    const served = "k8s.plugin.opnfv.org/Served";
    for (const request of [
      addressOf(uplinkClass),
      conditionOf(uplinkClass, served),
      conditionOf("example.com/other", served),
    ]) {
      assert.deepEqual(await whoMay(request), []);
      assert.equal(await isLet("admin", request), true);
    }
    assert.equal(await isLet("controller", addressOf(uplinkClass)), true);
    const others = [
      addressOf("example.com/other"),
      conditionOf(uplinkClass, "example.com/Ready"),
      serviceStatusOf(uplinkClass, {}),
    ];
    for (const request of others) assert.deepEqual(await whoMay(request), ["wildcard"]);
  });

  it("let nobody but the controller say which addresses are kept for an IPAMClaim", async () => {
    const annotations = { [keptAnnotation]: '{"network":"red","mac":"0a:58:0a:00:00:05"}' };
    const marked = { metadata: { annotations } };
    for (const name of ["kept", "plain"]) {
      await send("admin", { method: "POST", path: pathOf(claims), body: objectOf(claims, name) });
    }
    await send("admin", { ...changeOf(pathOf(claims, "kept")), body: marked });
    const made = objectOf(claims, "new");
    const makeMarked = {
      method: "POST",
      path: pathOf(claims),
      body: { ...made, metadata: { name: "new", annotations } },
    } as const;
    await until(async () => !(await isLet("wildcard", makeMarked)), 60_000);
    await until(() => isLet("edit", creationOf(claims)), 60_000);
    assert.deepEqual(await whoMay(creationOf(claims)), ["edit", "wildcard"]);
    assert.deepEqual(await whoMay(makeMarked), []);
    const body = { status: { ips: ["10.42.0.1/24"] } };
    for (const [name, writers] of [
      ["kept", []],
      ["plain", ["wildcard"]],
    ] as const) {
      const mark = name === "kept" ? { metadata: { annotations: { [keptAnnotation]: null } } } : marked;
      assert.deepEqual(await whoMay({ ...changeOf(pathOf(claims, name)), body: mark }), []);
      const status = { ...changeOf(pathOf(claims, name, "status")), body };
      assert.deepEqual(await whoMay(status), writers);
      assert.equal(await isLet("controller", status), true);
    }
  });

  for (const kind of closedStatus) {
    it(`let nobody but the controller write the status of a ${kind.resource.kind}`, async () => {
      assert.deepEqual(await whoMay(statusOf(kind)), []);
      const isOurs = kind.resource !== resources.ovnNodes;
      if (isOurs) assert.equal(await isLet("controller", statusOf(kind)), true);
    });
  }
});

const classNames = { [uplinkClass]: "ours", "example.com/other": "theirs" };
type LoadBalancerClass = keyof typeof classNames;

function serviceOf(loadBalancerClass: LoadBalancerClass): object {
  const labels = { "service.kubernetes.io/service-proxy-name": "ovn4nfv" };
  const metadata = { name: classNames[loadBalancerClass], namespace, labels };
  const spec = { type: "LoadBalancer", loadBalancerClass, ports: [{ port: 80 }] };
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

function serviceStatusOf(loadBalancerClass: LoadBalancerClass, status: object): ApiRequest {
  const name = classNames[loadBalancerClass];
  return {
    ...changeOf(resourcePath(resources.services, { namespace, name, subresource: "status" })),
    body: { status },
  };
}

function addressOf(loadBalancerClass: LoadBalancerClass): ApiRequest {
  return serviceStatusOf(loadBalancerClass, { loadBalancer: { ingress: [{ ip: "198.51.100.20" }] } });
}

function conditionOf(loadBalancerClass: LoadBalancerClass, type: string): ApiRequest {
  const [reason, lastTransitionTime] = ["Served", "2026-01-01T00:00:00Z"];
  const conditions = [{ type, status: "True", reason, message: "", lastTransitionTime }];
  return serviceStatusOf(loadBalancerClass, { conditions });
}

function pathOf({ resource }: Kind, name?: string, subresource?: string): string {
  return resourcePath(resource, { namespace, name, subresource });
}

function objectOf({ resource, spec }: Kind, name: string): object {
  const { kind } = resource;
  return { apiVersion: apiVersionOf(resource), kind, metadata: { name }, spec };
}

function creationOf(kind: Kind | undefined): ApiRequest {
  assert.ok(kind);
  return { method: "POST", path: pathOf(kind), body: objectOf(kind, "new") };
}

function changeOf(path: string): ApiRequest {
  return { method: "PATCH", path, contentType: patchTypes.merge };
}

function statusOf(kind: Kind | undefined): ApiRequest {
  assert.ok(kind);
  return { ...changeOf(pathOf(kind, "made", "status")), body: { status: { observedGeneration: 1 } } };
}
