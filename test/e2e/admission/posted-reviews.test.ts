// A pod that reaches the webhook can post reviews by itself when neither a NetworkPolicy nor a client certificate stops it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

describe("reviews that no API server has sent", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start({ flags: { "max-open-reservations": "1024" } });
    // The subnet has thirteen addresses for pods.
    await stack.addSwitch("small", "10.1.0.0/28");
    controller = controllerProcess(stack);
    await stack.plane.kubectl.must(["create", "namespace", "neighbour"]);
    await stack.plane.kubectl.must(["wait", "--for=create", "serviceaccount/default", "-nneighbour", "--timeout=90s"]);
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const portsIn = async (namespace: string): Promise<number> => {
    const { ports } = (await stack.world()).nb;
    return ports.filter(({ externalIds }) => externalIds.get(externalId("namespace")) === namespace).length;
  };

  /** Posts so many reviews for pods of a namespace at once. */
  const post = async (namespace: string, count: number): Promise<readonly Answer[]> => {
    const tls = { ca: stack.authority.cert, checkServerIdentity: () => undefined };
    const client = reviewClient(stack.balancer.port, tls);
    try {
      return await Promise.all(
        Array.from({ length: count }, async () => {
          const { json } = await client.post("/mutate/pods?timeout=6s", JSON.stringify(review(namespace)));
          return (json as { readonly response: Answer }).response;
        }),
      );
    } finally {
      client.close();
    }
  };

  it("are refused for namespaces that nobody made, and reserve nothing", async () => {
    for (const namespace of ["invented-1", "invented-2", "invented-3", "invented-4"]) {
      for (const { allowed, status } of await post(namespace, 10)) {
        assert.equal(allowed, false);
        assert.match(status?.message ?? "", /NotAllowed: namespace "invented-\d" does not exist/);
      }
    }
    assert.equal((await stack.world()).nb.ports.length, 0);
  });

  it("do not keep a namespace and its pod from being created together", async () => {
    const annotations = request({ name: "other" });
    await stack.addSwitch("other", "10.2.0.0/28");
    for (const name of ["together-1", "together-2", "together-3"]) {
      await post(name, 10);
      await stack.plane.kubectl.apply([
        { apiVersion: "v1", kind: "Namespace", metadata: { name } },
        // The controller manager makes the account "default" at any moment, which must not be ours.
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "own", namespace: name } },
        podManifest({ name: "pod", namespace: name, annotations, spec: { serviceAccountName: "own" } }),
      ]);
      assert.equal(await portsIn(name), 1);
    }
  });

  it("reserve no more than half of what is free, keep no other namespace out, and are released", async () => {
    const answers = await post("default", 40);
    assert.equal(answers.filter(({ allowed }) => allowed).length, 7);
    for (const { allowed, status } of answers) if (!allowed) assert.match(status?.message ?? "", /ReservationsFull/);
    assert.equal(await portsIn("default"), 7);
    const neighbour = podManifest({ name: "pod", namespace: "neighbour", annotations: request({ name: "small" }) });
    await stack.create(neighbour, "neighbour");
    // The controller starts only now. Otherwise it would sweep some while the last ones wait, and others would be let in.
    await controller.start();
    await until(async () => (await portsIn("default")) === 0);
    assert.equal(await portsIn("neighbour"), 1);
  });
});

describe("changes that no API server has sent", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  before(async () => {
    stack = owned.use(await AdmissionStack.start());
    await stack.addSwitch("small", "10.1.0.0/28");
    const { administrator, kubectl } = stack.plane;
    await kubectl.apply([
      networkAttachmentDefinitionCrd,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "neighbour" } },
    ]);
    await administrator.established(networkAttachmentDefinitionCrd.metadata.name);
    await kubectl.apply([
      attachmentDefinition("default", "small-net", { type: "ovn4nfv-cni", "nfn-network": "small" }),
    ]);
  });
  after(() => owned.disposeAsync());

  it("reserve nothing in the name of another pod or namespace, and leave the pod its addresses", async () => {
    const stored = await stack.create(podManifest({ name: "own", annotations: request({ name: "small" }) }));
    const { multusNetworks } = annotationKeys;
    const selected = JSON.parse(stored.metadata.annotations?.[multusNetworks.key] ?? "[]") as readonly object[];
    const networks = JSON.stringify([...selected, { name: "small-net", namespace: "default", interface: "net2" }]);
    const plugged = (more: object): object => {
      const annotations = { ...stored.metadata.annotations, [multusNetworks.key]: networks };
      return { ...stored, metadata: { ...stored.metadata, annotations, ...more } };
    };
    const posted: readonly [namespace: string, name: string, object: object][] = [
      ["neighbour", "own", plugged({})],
      ["neighbour", "own", plugged({ namespace: "neighbour" })],
      ["default", "other", plugged({})],
      ["default", "other", plugged({ name: "other" })],
      ["default", "own", plugged({ uid: randomUUID() })],
    ];
    const tls = { ca: stack.authority.cert, checkServerIdentity: () => undefined };
    const client = reviewClient(stack.balancer.port, tls);
    try {
      for (const [namespace, name, object] of posted) {
        const about = { name, namespace, operation: "UPDATE", object, oldObject: stored };
        const { json } = await client.post("/mutate/pod-changes?timeout=6s", JSON.stringify(envelope(about)));
        const { allowed, status } = (json as { readonly response: Answer }).response;
        assert.equal(allowed, false);
        assert.match(status?.message ?? "", /ChangeRefused: .*whose objects are not the pod that it names/);
      }
    } finally {
      client.close();
    }
    assert.equal((await stack.world()).nb.ports.length, 1);
  });
});

interface Answer {
  readonly allowed: boolean;
  readonly status?: { readonly message: string };
}

function review(namespace: string): object {
  const object = podManifest({ generateName: "forged-", annotations: request({ name: "small" }) });
  return envelope({ name: "", namespace, operation: "CREATE", object, oldObject: null });
}

function envelope(about: object): object {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: randomUUID(),
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      userInfo: { username: "system:serviceaccount:default:default" },
      dryRun: false,
      ...about,
    },
  };
}
