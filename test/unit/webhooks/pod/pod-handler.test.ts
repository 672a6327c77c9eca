import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyPatch } from "rfc6902";
import { parseResult } from "#src/api/result.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { AllocateOptions, Allocation, AllocationRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { createTokenSigner, ephemeralTokenKey, type TokenSubject, verifyToken } from "#src/tokens/token.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import type { AdmissionAnswer, AllowedAnswer } from "#webhooks/admission/response.ts";
import { type AdmissionRequest, parseReview } from "#webhooks/admission/review.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import { createMultusPodHandler, createPodHandler, type PodHandlerOptions } from "#webhooks/pod/pod-handler.ts";
import { ReservationCap } from "#webhooks/pod/reservation-cap.ts";
import type { DefinitionSource } from "#webhooks/pod/stored-definitions.ts";

const requestKey = "k8s.plugin.opnfv.org/nfn-network";
const resultKey = "k8s.plugin.opnfv.org/ovnInterfaces";
const tokenKey = "k8s.plugin.opnfv.org/allocation-token";
const multusKey = "k8s.v1.cni.cncf.io/networks";
const definitions: DefinitionSource = () =>
  Promise.resolve(
    new Map([
      ["kube-system/ovn4nfv", { network: undefined }],
      ["default/blue-net", { network: "blue" }],
    ]),
  );
const signer = await createTokenSigner(ephemeralTokenKey());

interface Metadata {
  readonly annotations: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly finalizers: string[];
}

/** A handler over a real index; allocation plans and names, and is written down here. */
function setUp({
  attach = true,
  sign = (subject: TokenSubject) => signer.sign(subject),
  planned = [] as readonly string[],
} = {}) {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24", { gateways: "10.1.0.1" });
  const undone: string[] = [];
  const audit: string[] = [];
  const allocator = {
    index: fixture.index,
    allocate: (request: AllocationRequest, { onPlanned }: AllocateOptions): Promise<Allocation> => {
      const ports = planPorts(request, fixture.view).map((port) => ({
        ...port,
        name: `01A-${port.request.interfaceName}`,
      }));
      for (const id of planned) onPlanned?.({ id, ports });
      return Promise.resolve({ id: "01A", ports });
    },
    plan: (request: AllocationRequest) => Promise.resolve(planPorts(request, fixture.view)),
    rollBack: ({ id }: Allocation) => {
      undone.push(id);
      return Promise.resolve();
    },
  };
  const reservations = new ReservationWatch(fixture.clock);
  const options: PodHandlerOptions = {
    allocator,
    cap: new ReservationCap({ index: fixture.index, reservations, clock: fixture.clock, maxOpen: 0 }),
    signer: { ...signer, sign },
    logger: {
      ...silentLogger,
      info(fields, message) {
        const { allocation, ports } = fields as { allocation: string; ports: readonly object[] };
        audit.push(`${allocation} with ${ports.length.toString()} ports: ${message}`);
      },
    },
    definition: attach ? { namespace: "kube-system", name: "ovn4nfv" } : undefined,
    definitions,
    excludedNamespaces: new Set(["kube-system"]),
  };
  const asking =
    (handler: AdmissionHandler) =>
    (pod: object, changes: Partial<AdmissionRequest> = {}): Promise<AdmissionAnswer> =>
      handler({ ...requestFor(pod), ...changes }, { signal: new AbortController().signal, deadlineMs: 1_000 });
  const decide = asking(createPodHandler(options));
  return { fixture, decide, decideMultus: asking(createMultusPodHandler(options)), undone, audit };
}

function requestFor(object: object): AdmissionRequest {
  const review = {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "1",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      namespace: "default",
      operation: "CREATE",
      object,
    },
  };
  const parsed = parseReview(JSON.stringify(review));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.request;
}

function podAsking(
  interfaces: readonly object[],
  metadata: object = {},
): { metadata: { name: string; annotations: Record<string, string> } } {
  const annotations = { [requestKey]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
  return { metadata: { name: "web", annotations, ...metadata } };
}

function after(pod: object, answer: AdmissionAnswer): Metadata {
  assert.ok(answer.allowed);
  const copy = structuredClone(pod) as { metadata: Metadata };
  for (const error of applyPatch(copy, answer.patch as never)) assert.equal(error, null);
  return copy.metadata;
}

describe("the pod entry", () => {
  test("writes result, token, label, finalizer and Multus element", async () => {
    const { decide } = setUp();
    const pod = podAsking([{ name: "blue", ipAddress: "10.1.0.7", interface: "uplink" }]);
    const { annotations, labels, finalizers } = after(pod, await decide(pod));
    const result = annotations[resultKey] ?? "";
    assert.deepEqual(parseResult(result)[0]?.ip_address, ["10.1.0.7/24"]);
    assert.equal(labels["k8s.plugin.opnfv.org/allocation"], "01A");
    assert.deepEqual(finalizers, ["k8s.plugin.opnfv.org/addresses"]);
    assert.equal(annotations[multusKey], '[{"name":"ovn4nfv","namespace":"kube-system","interface":"uplink"}]');
    const subject = { allocation: "01A", namespace: "default", name: "web", generateName: "", result };
    await verifyToken(annotations[tokenKey] ?? "", subject, new Map([[signer.kid, signer.publicKey]]));
  });

  test("signs what was planned while it is being committed, once, and sends it only when that was answered", async () => {
    for (const [planned, signed] of [
      [["01A"], ["01A"]],
      [
        ["019", "01A"],
        ["019", "01A"],
      ],
      [["019"], ["019", "01A"]],
    ] as const) {
      const subjects: string[] = [];
      const sign = (subject: TokenSubject) => {
        subjects.push(subject.allocation);
        return `token of ${subject.allocation}`;
      };
      const { decide } = setUp({ sign, planned });
      const pod = podAsking([{ name: "blue" }]);
      const { annotations, labels } = after(pod, await decide(pod));
      assert.deepEqual(subjects, signed);
      assert.equal(annotations[tokenKey], "token of 01A");
      assert.equal(labels["k8s.plugin.opnfv.org/allocation"], "01A");
    }
  });

  test("leaves the Multus annotation alone when one of ours is selected, or nothing is attached by Multus", async () => {
    const pod = podAsking([{ name: "blue" }]);
    pod.metadata.annotations[multusKey] = "kube-system/ovn4nfv";
    assert.equal(after(pod, await setUp().decide(pod)).annotations[multusKey], "kube-system/ovn4nfv");
    const chained = podAsking([{ name: "blue" }]);
    assert.ok(!(multusKey in after(chained, await setUp({ attach: false }).decide(chained)).annotations));
  });

  test("keeps the user's other selections in front of ours", async () => {
    const pod = podAsking([{ name: "blue", interface: "uplink" }]);
    pod.metadata.annotations[multusKey] = "macvlan";
    assert.equal(after(pod, await setUp().decide(pod)).annotations[multusKey], "macvlan,kube-system/ovn4nfv@uplink");
  });

  test("a dry run shows the constant token and allocates nothing", async () => {
    const { decide, undone } = setUp();
    const pod = podAsking([{ name: "blue" }]);
    const answer = await decide(pod, { dryRun: true });
    const { annotations, labels } = after(pod, answer);
    assert.deepEqual([annotations[tokenKey], labels["k8s.plugin.opnfv.org/allocation"]], ["dry-run", "dry-run"]);
    assert.equal((answer as AllowedAnswer).undo, undefined);
    assert.deepEqual(undone, []);
  });

  test("a copied result is replaced, with a warning", async () => {
    const { decide } = setUp();
    const pod = podAsking([{ name: "blue" }]);
    pod.metadata.annotations[resultKey] = "[]";
    const answer = await decide(pod);
    assert.match(answer.warnings?.join() ?? "", /result of another pod was replaced/);
    assert.notEqual(after(pod, answer).annotations[resultKey], "[]");
  });

  test("marks without a request are removed, with a warning, and nothing is allocated", async () => {
    const pod = { metadata: { name: "web", annotations: { [resultKey]: "[]", [tokenKey]: "t" } } };
    const answer = await setUp().decide(pod);
    assert.match(answer.warnings?.join() ?? "", /removed without a request/);
    assert.deepEqual(after(pod, answer).annotations, {});
  });

  test("one audit line says what became of an allocation, once that is known", async () => {
    for (const [fate, line] of [
      ["onHandedOver", "allocated"],
      ["undo", "taking an allocation back: its answer was not handed over"],
    ] as const) {
      const { decide, audit } = setUp();
      const answer = await decide(podAsking([{ name: "blue" }]));
      assert.ok(answer.allowed);
      assert.deepEqual(audit, []);
      await answer[fate]?.();
      assert.deepEqual(audit, [`01A with 1 ports: ${line}`]);
    }
  });

  test("the undo of an answer that was not handed over takes the allocation back", async () => {
    const { decide, undone } = setUp();
    const answer = await decide(podAsking([{ name: "blue" }]));
    assert.ok(answer.allowed);
    await answer.undo?.();
    assert.deepEqual(undone, ["01A"]);
  });

  test("an allocation that cannot be signed is taken back", async () => {
    const sign = (): string => {
      throw new Error("no key");
    };
    for (const planned of [[], ["01A"]]) {
      const { decide, undone } = setUp({ sign, planned });
      await assert.rejects(decide(podAsking([{ name: "blue" }])), /no key/);
      assert.deepEqual(undone, ["01A"]);
    }
  });

  test("a refusal names its reason, keeps the warnings, and tells the holder to the audit log only", async () => {
    const { decide, fixture } = setUp();
    fixture.addPort("blue", "p", {
      addresses: "0a:00:00:00:00:09 10.1.0.9",
      allocation: "02B",
      namespace: "other",
      pod: "db",
    });
    const answer = await decide(podAsking([{ name: "blue", ipAddress: "10.1.0.9", colour: "red" }]));
    assert.ok(!answer.allowed);
    assert.equal(answer.error.code, "AddressInUse");
    assert.doesNotMatch(answer.error.message, /db/);
    assert.deepEqual(answer.auditAnnotations, { holder: "pod other/db" });
    assert.match(answer.warnings?.join() ?? "", /colour/);
  });

  test("mirror pods, excluded namespaces and other operations pass untouched", async () => {
    const { decide } = setUp();
    const mirror = podAsking([{ name: "nowhere" }]);
    mirror.metadata.annotations["kubernetes.io/config.mirror"] = "x";
    const untouched = [
      await decide(mirror),
      await decide(podAsking([{ name: "nowhere" }]), { namespace: "kube-system" }),
      await decide(podAsking([{ name: "nowhere" }]), { operation: "UPDATE" }),
    ];
    for (const answer of untouched) assert.deepEqual(answer, { allowed: true, patch: [] });
  });
});

describe("the entry for pods with Multus selections alone", () => {
  const selecting = (selections: string, annotations: Record<string, string> = {}) => ({
    metadata: { name: "web", annotations: { [multusKey]: selections, ...annotations } },
  });

  test("allocates for each selection of ours, writes the result, and leaves the selections as they are", async () => {
    const pod = selecting('[{"name":"macvlan"},{"name":"blue-net","ips":["10.1.0.7"],"mac":"0a:00:00:00:00:07"}]');
    const { annotations, labels, finalizers } = after(pod, await setUp().decideMultus(pod));
    const [first, ...more] = parseResult(annotations[resultKey] ?? "");
    assert.deepEqual(more, []);
    assert.deepEqual(
      [first?.interface, first?.network, first?.ip_address, first?.mac_address],
      ["net2", "blue", ["10.1.0.7/24"], "0a:00:00:00:00:07"],
    );
    assert.equal(annotations[multusKey], pod.metadata.annotations[multusKey]);
    assert.equal(labels["k8s.plugin.opnfv.org/allocation"], "01A");
    assert.deepEqual(finalizers, ["k8s.plugin.opnfv.org/addresses"]);
  });

  test("leaves a pod with any key of ours to the other entry", async () => {
    const { decideMultus } = setUp();
    for (const key of [requestKey, resultKey, tokenKey, "ovnNetwork"]) {
      assert.deepEqual(await decideMultus(selecting("blue-net", { [key]: "x" })), { allowed: true, patch: [] });
    }
    const finalized = {
      metadata: { ...selecting("blue-net").metadata, finalizers: ["k8s.plugin.opnfv.org/addresses"] },
    };
    assert.deepEqual(await decideMultus(finalized), { allowed: true, patch: [] });
  });

  test("has nothing to do with selections of others", async () => {
    assert.deepEqual(await setUp().decideMultus(selecting("macvlan,other/blue-net")), { allowed: true, patch: [] });
  });

  test("refuses in the words of the Multus annotation", async () => {
    const answer = await setUp().decideMultus(selecting('[{"name":"blue-net","ips":["10.9.0.7"]}]'));
    assert.ok(!answer.allowed);
    assert.match(
      answer.error.message,
      /^AddressOutOfRange: k8s\.v1\.cni\.cncf\.io\/networks: \[0\]\.ips .*leave ips out/,
    );
  });
});
