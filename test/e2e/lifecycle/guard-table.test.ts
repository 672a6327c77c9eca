// Each row of docs/guard.md, tried by two kinds of users in every way in which a pod can be written.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { mirrorAnnotation } from "#src/api/pod/pod-metadata.ts";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { patchTypes } from "#src/kube/client/resource-api.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const keys = annotationKeys;
const namespacePath = "/api/v1/namespaces/default";
const podsPath = `${namespacePath}/pods`;

/** One has the ClusterRole `edit` in the namespace, the other every right in it. */
const users = ["edit", "wildcard"] as const;
type User = (typeof users)[number] | "admin";

/** Metadata that somebody wants a pod to have. A `null` takes a key away. */
interface Metadata {
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly finalizers?: readonly string[];
  readonly generateName?: string;
}

/** A pod as the webhook leaves it. */
const marked: Metadata = {
  annotations: {
    ...request({ name: "blue" }),
    [keys.result.key]: "[]",
    [keys.token.key]: "t",
    [keys.multusNetworks.key]: '[{"name":"ovn4nfv"}]',
  },
  labels: { [keys.allocation.key]: "A" },
  finalizers: [keys.finalizer.key],
};

/** As many annotations, labels or finalizers. */
const keyed = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${n}`, ""]));
const finalizers = (count: number) => Array.from({ length: count }, (_, n) => `example.com/f-${n}`);

const annotated = (key: string, value: string | null): Metadata => ({ annotations: { [key]: value } });

/** The rows about stored pods that have addresses. */
const changes: readonly (readonly [what: string, metadata: Metadata])[] = [
  ["request changed", annotated(keys.request.key, "{}")],
  ["request removed", annotated(keys.request.key, null)],
  ["early request added", annotated(keys.earlyRequest.key, "[]")],
  ["early routes added", annotated(keys.earlyRoutes.key, "[]")],
  ["result changed", annotated(keys.result.key, "[1]")],
  ["result removed", annotated(keys.result.key, null)],
  ["token changed", annotated(keys.token.key, "u")],
  ["token removed", annotated(keys.token.key, null)],
  ["label changed", { labels: { [keys.allocation.key]: "B" } }],
  ["label removed", { labels: { [keys.allocation.key]: null } }],
  ["finalizer removed", { finalizers: [] }],
  ["Multus annotation changed", annotated(keys.multusNetworks.key, "[]")],
  ["Multus annotation removed", annotated(keys.multusNetworks.key, null)],
  ["generated name changed", { generateName: "other-" }],
  ["many annotations added", { annotations: keyed(385) }],
  ["many labels added", { labels: keyed(385) }],
  ["many finalizers added", { finalizers: [keys.finalizer.key, ...finalizers(96)] }],
];

/** The same for a stored pod that has nothing of ours. */
const additions: typeof changes = [
  ["request added", { annotations: request({ name: "blue" }) }],
  ["early request added", annotated(keys.earlyRequest.key, "[]")],
  ["result added", annotated(keys.result.key, "[]")],
  ["token added", annotated(keys.token.key, "t")],
  ["label added", { labels: { [keys.allocation.key]: "A" } }],
  ["finalizer added", { finalizers: [keys.finalizer.key] }],
];

/** The ways that write the pod itself: at its path and at those of its subresources. */
const subresources = ["", "/status", "/ephemeralcontainers", "/resize"] as const;
const ways: readonly (readonly [
  way: string,
  asked: (pod: KubeObject, metadata: Metadata, subresource: string) => ApiRequest,
])[] = [
  [
    "update",
    (pod, metadata, subresource) => ({
      method: "PUT",
      path: `${podsPath}/${pod.metadata.name}${subresource}`,
      body: withMetadata(pod, metadata),
    }),
  ],
  [
    "patch",
    (pod, metadata, subresource) => ({
      method: "PATCH",
      path: `${podsPath}/${pod.metadata.name}${subresource}`,
      contentType: patchTypes.merge,
      body: { metadata },
    }),
  ],
  [
    "apply",
    (pod, metadata, subresource) => ({
      method: "PATCH",
      path: `${podsPath}/${pod.metadata.name}${subresource}`,
      contentType: patchTypes.apply,
      query: { fieldManager: "thief", force: true },
      body: { apiVersion: "v1", kind: "Pod", metadata: { ...withoutNulls(metadata), name: pod.metadata.name } },
    }),
  ],
];

/** The ways that send another object. */
const asides: readonly (readonly [way: string, asked: (name: string, metadata: Metadata) => ApiRequest])[] = [
  [
    "pods/binding",
    (name, metadata) => ({
      method: "POST",
      path: `${podsPath}/${name}/binding`,
      body: {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { ...metadata, name },
        target: { kind: "Node", name: "worker" },
      },
    }),
  ],
  [
    "bindings",
    (name, metadata) => ({
      method: "POST",
      path: `${namespacePath}/bindings`,
      body: {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { ...metadata, name },
        target: { kind: "Node", name: "worker" },
      },
    }),
  ],
  [
    "pods/eviction",
    (name, metadata) => ({
      method: "POST",
      path: `${podsPath}/${name}/eviction`,
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { ...metadata, name },
        deleteOptions: { dryRun: ["All"] },
      },
    }),
  ],
];

describe("each row of the guard", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("guard-table");
  const owned = new AsyncDisposableStack();
  const clients = new Map<User, HttpsApiClient>();

  before(async () => {
    const plane = owned.use(await ControlPlane.start({ folder: folder.path }));
    await plane.administrator.apply(readManifests("deploy/base/guard.yaml"));
    await plane.kubectl.apply([everythingInDefault]);
    const paths = await Promise.all(users.map((commonName) => plane.createUser({ commonName })));
    for (const [user, path] of [
      ...users.map((user, n) => [user, paths[n]] as const),
      ["admin", plane.adminKubeconfig],
    ]) {
      const config = loadKubeConfig({ path });
      const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
      owned.defer(() => {
        client.close();
      });
      clients.set(user as User, client);
    }
    for (const [user, role] of [
      ["edit", "clusterrole=edit"],
      ["wildcard", "role=everything"],
    ] as const) {
      await plane.kubectl.must(["create", "rolebinding", user, `--${role}`, `--user=${user}`]);
    }
    // The API server uses a new policy some moments later, and the last one of the file may be the last.
    const { name } = (await createPod(marked)).metadata;
    const probes = [
      {
        method: "PATCH",
        path: `${podsPath}/${name}`,
        contentType: patchTypes.merge,
        body: { metadata: { labels: null } },
      },
      asides[0]?.[1](name, annotated(keys.result.key, "")),
      { method: "POST", path: podsPath, body: podManifest({ name: "probe", finalizers: [keys.finalizer.key] }) },
    ] as const;
    for (const probe of probes) {
      await until(async () => /ovn4nfv-pod-/.test(await send("wildcard", { ...probe, query: { dryRun: "All" } })));
    }
  });
  after(async () => {
    await owned.disposeAsync();
    folder.remove();
  });

  /** Sends a request. Gives "done", or what the API server says against it. */
  async function send(user: User, asked: Partial<ApiRequest>): Promise<string> {
    try {
      await clients.get(user)?.request(asked as ApiRequest);
      return "done";
    } catch (caught) {
      return (caught as Error).message;
    }
  }

  let made = 0;
  /** Stores a pod with this metadata as the webhook would: an administrator may. */
  async function createPod(metadata: Metadata): Promise<KubeObject> {
    made += 1;
    const pod = podManifest({ ...(metadata as object), name: `pod-${made}`, spec: { schedulerName: "nobody" } });
    return (await clients.get("admin")?.request({ method: "POST", path: podsPath, body: pod })) as KubeObject;
  }
  /** Reads those fields of the pod that the guard keeps. */
  async function keptOf({ metadata: { name } }: KubeObject): Promise<object> {
    const { metadata } = (await clients.get("admin")?.request({
      method: "GET",
      path: `${podsPath}/${name}`,
    })) as KubeObject;
    const {
      annotations = {},
      labels = {},
      finalizers = [],
      generateName,
    } = metadata as KubeObject["metadata"] & {
      generateName?: string;
    };
    return { annotations, labels, finalizers, generateName };
  }

  for (const [kind, start, rows] of [
    ["a pod with addresses", marked, changes],
    ["a pod without a key of ours", {}, additions],
  ] as const) {
    describe(`on ${kind}`, () => {
      for (const user of users) {
        for (const subresource of subresources) {
          for (const [way, asked] of ways) {
            it(`lets ${user} do nothing by ${way} of pods${subresource}`, async () => {
              const pod = await createPod(start);
              const before = await keptOf(pod);
              for (const [what, metadata] of rows) {
                const said = await send(user, asked(pod, metadata, subresource));
                assert.match(said, expected(user, way, subresource, metadata), `${what}: ${said}`);
                assert.deepEqual(await keptOf(pod), before, what);
              }
            });
          }
        }

        for (const [way, asked] of asides) {
          it(`lets ${user} do nothing by ${way}`, async () => {
            for (const [what, metadata] of rows) {
              const pod = await createPod(start);
              const before = await keptOf(pod);
              const said = await send(user, asked(pod.metadata.name, withoutNulls(metadata)));
              // The API server copies nothing else of a Binding.
              const isSaid = Object.values({ ...metadata.annotations, ...metadata.labels }).some((one) => one !== null);
              if (user === "edit" && way !== "pods/eviction") assert.match(said, byRbac, what);
              else assert.match(said, isSaid && way !== "pods/eviction" ? /'ovn4nfv-pod-binding'/ : /^done$/, what);
              assert.deepEqual(await keptOf(pod), before, what);
            }
          });
        }
      }
    });
  }

  const hostNetwork = { spec: { hostNetwork: true } };
  const mirror = {
    annotations: { ...request({ name: "blue" }), [mirrorAnnotation]: "hash" },
    spec: { nodeName: "worker", automountServiceAccountToken: false, enableServiceLinks: false },
  };
  const onlySome = [marked.annotations, marked.labels, marked.finalizers].map((_, left) => ({
    annotations: left === 0 ? {} : { ...marked.annotations },
    labels: left === 1 ? {} : { ...marked.labels },
    finalizers: left === 2 ? [] : marked.finalizers,
  }));
  const newPods: readonly (readonly [what: string, pod: object, says: RegExp])[] = [
    ["a request that the webhook did not see", { annotations: request({ name: "blue" }) }, /was not called for it/],
    ["the same in its early form", annotated(keys.earlyRequest.key, "[]"), /was not called for it/],
    ["a result alone", annotated(keys.result.key, "[]"), /a part of an allocation only/],
    ["a token alone", annotated(keys.token.key, "t"), /a part of an allocation only/],
    ["a label alone", { labels: marked.labels }, /a part of an allocation only/],
    ["a finalizer alone", { finalizers: marked.finalizers }, /a part of an allocation only/],
    ...onlySome.map((pod) => ["all but one mark", pod, /a part of an allocation only/] as const),
    ["the network of the host", { ...marked, ...hostNetwork }, /hostNetwork has no interfaces of its own/],
    [
      "many annotations",
      { ...marked, annotations: { ...marked.annotations, ...keyed(256) } },
      /at most 256 annotations/,
    ],
    ["many labels", { ...marked, labels: { ...marked.labels, ...keyed(256) } }, /at most 256 annotations/],
    ["many finalizers", { ...marked, finalizers: [keys.finalizer.key, ...finalizers(64)] }, /at most 256 annotations/],
    ["the annotation of mirror pods", mirror, /which only kubelets write/],
    ["the same with a part of an allocation", { ...mirror, labels: marked.labels }, /which only kubelets write/],
  ];
  for (const user of users) {
    it(`lets ${user} create no pod that the webhook did not serve, by create or apply`, async () => {
      for (const [what, metadata, says] of newPods) {
        const pod = podManifest({ name: "new", ...metadata });
        const applied = { contentType: patchTypes.apply, query: { fieldManager: "thief", force: true } };
        assert.match(await send(user, { method: "POST", path: podsPath, body: pod }), says, what);
        assert.match(await send(user, { method: "PATCH", path: `${podsPath}/new`, ...applied, body: pod }), says, what);
        assert.match(await send(user, { method: "PUT", path: `${podsPath}/new`, body: pod }), /not found/i, what);
        assert.match(await send("admin", { method: "GET", path: `${podsPath}/new` }), /not found/, what);
      }
    });
  }

  it("lets an administrator change what it keeps, by a Binding too", async () => {
    const pod = await createPod(marked);
    const [, binding] = asides[0] ?? [];
    assert.equal(await send("admin", binding?.(pod.metadata.name, annotated(keys.result.key, "[2]")) ?? {}), "done");
    assert.match(JSON.stringify(await keptOf(pod)), /\[2\]/);
  });
});

const byRbac = /cannot (?:create|update|patch) resource/;

/** The answer of the API server: RBAC or the guard is against it, or it is done, and has changed nothing. */
function expected(user: (typeof users)[number], way: string, subresource: string, metadata: Metadata): RegExp {
  if (user === "edit" && subresource !== "") return byRbac;
  // These subresources ignore metadata, except for one field.
  const isIgnored = subresource === "/ephemeralcontainers" || subresource === "/resize";
  if (isIgnored && metadata.generateName === undefined) return /^done$/;
  const values = [...Object.values({ ...metadata.annotations, ...metadata.labels }), ...(metadata.finalizers ?? [])];
  // A manager who applies only removes what was its own.
  const removes = values.every((value) => value === null) && metadata.generateName === undefined;
  return way === "apply" && removes ? /^done$/ : /'ovn4nfv-pod-update'/;
}

function withMetadata(pod: KubeObject, { annotations, labels, finalizers, generateName }: Metadata): object {
  const metadata = {
    ...pod.metadata,
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(generateName === undefined ? {} : { generateName }),
    annotations: merged(pod.metadata.annotations, annotations),
    labels: merged(pod.metadata.labels, labels),
  };
  // The version changes when a write is done that changes nothing of ours.
  return { ...pod, metadata: { ...metadata, resourceVersion: undefined } };
}

function merged(before: Readonly<Record<string, string>> = {}, changed: Metadata["annotations"] = {}): object {
  return Object.fromEntries(Object.entries({ ...before, ...changed }).filter(([, value]) => value !== null));
}

/** A manifest has no nulls. */
function withoutNulls({ annotations = {}, labels = {}, ...others }: Metadata): Metadata {
  const kept = (map: Metadata["annotations"]) => merged({}, map) as Readonly<Record<string, string>>;
  return { ...others, annotations: kept(annotations), labels: kept(labels) };
}

const everythingInDefault = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "everything", namespace: "default" },
  rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
};
