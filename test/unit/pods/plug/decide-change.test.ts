import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseResult } from "#src/api/result.ts";
import { verifyToken } from "#src/tokens/token.ts";
import {
  allocationKey,
  multusKey,
  patchedMetadata,
  patchOf,
  podDeciders,
  requesting,
  resultKey,
  signer,
  tokenKey,
} from "../../../fakes/pods/pod-deciders.ts";

type Metadata = ReturnType<typeof patchedMetadata>;
const coveredKey = "k8s.plugin.opnfv.org/covered-networks";

async function stored(deciders: ReturnType<typeof podDeciders>, more: object = {}) {
  const pod = requesting({ name: "blue" });
  const metadata: Metadata = patchedMetadata(pod, await deciders.byRequest(pod));
  return { metadata: { ...metadata, namespace: "default", ...more }, spec: { nodeName: "n1" } };
}

function plugging(pod: Awaited<ReturnType<typeof stored>>, ...selections: readonly object[]) {
  const before = JSON.parse(pod.metadata.annotations[multusKey] ?? "[]") as readonly object[];
  const annotations: Record<string, string> = { ...pod.metadata.annotations };
  annotations[multusKey] = JSON.stringify([...before, ...selections]);
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

const plug = { name: "blue-net", namespace: "default", interface: "net2" };
const codeOf = (decision: { readonly kind: string }) =>
  "error" in decision ? (decision.error as { code: string }).code : decision.kind;

describe("decideChange", () => {
  it("allocates what is new under an id of its own, and signs the result with the next revision", async () => {
    const deciders = podDeciders();
    const before = await stored(deciders);
    const after = plugging(before, plug);
    const decision = await deciders.byChange(before, after);
    const { annotations, labels } = patchedMetadata(after, decision);
    assert.equal(labels[allocationKey], "01A");
    assert.equal(annotations[coveredKey], after.metadata.annotations[multusKey]);
    const result = annotations[resultKey] ?? "";
    assert.ok(result.startsWith((before.metadata.annotations[resultKey] ?? "").slice(0, -1)));
    assert.deepEqual(
      parseResult(result).map(({ port, plugged }) => [port, plugged]),
      [
        ["01A-net1", undefined],
        ["01B-net2", true],
      ],
    );
    const keys = new Map([[signer.kid, signer.publicKey]]);
    const subject = { allocation: "01A", namespace: "default", name: "web", generateName: "", result };
    assert.equal(await verifyToken(annotations[tokenKey] ?? "", subject, keys), 1);
    assert.equal(patchOf(decision).reservation?.allocation, "01A");
    await patchOf(decision).reservation?.rollBack();
    assert.deepEqual(deciders.rolledBack, ["01B"]);
  });

  it("reads what is stored, and never what the change says about the result", async () => {
    const deciders = podDeciders();
    const before = await stored(deciders);
    const after = plugging(before);
    after.metadata.annotations[multusKey] = `${before.metadata.annotations[multusKey] ?? ""} `;
    after.metadata.annotations[resultKey] = "[]";
    after.metadata.annotations[tokenKey] = "forged";
    const { annotations } = patchedMetadata(after, await deciders.byChange(before, after));
    assert.equal(annotations[resultKey], before.metadata.annotations[resultKey]);
    assert.equal(annotations[tokenKey], before.metadata.annotations[tokenKey]);
  });

  it("signs nothing over a stored result that was not signed by us", async () => {
    const deciders = podDeciders();
    const before = await stored(deciders);
    before.metadata.annotations[resultKey] = (before.metadata.annotations[resultKey] ?? "").replace("10.1.0", "10.1.1");
    assert.equal(codeOf(await deciders.byChange(before, plugging(before, plug))), "ForgedResult");
  });

  it("is refused when the review or one of its objects is about another pod", async () => {
    const deciders = podDeciders();
    const before = await stored(deciders, { uid: "uid-1" });
    const after = plugging(before, plug);
    const as = (more: object) => ({ ...after, metadata: { ...after.metadata, ...more } });
    for (const decision of [
      deciders.byChange(before, after, { namespace: "neighbour" }),
      deciders.byChange(before, after, { name: "other" }),
      deciders.byChange(before, as({ namespace: "neighbour" })),
      deciders.byChange(before, as({ name: "other" })),
      deciders.byChange(before, as({ uid: "uid-2" })),
    ])
      assert.equal(codeOf(await decision), "ChangeRefused");
    assert.equal((await deciders.byChange(before, as({ uid: undefined }))).kind, "patched");
  });

  it("marks what goes as leaving, and writes nothing to NB for that", async () => {
    const deciders = podDeciders();
    const first = await stored(deciders);
    const wanted = plugging(first, plug);
    const before = { ...wanted, metadata: { ...patchedMetadata(wanted, await deciders.byChange(first, wanted)) } };
    const after = { ...before, metadata: { ...before.metadata, annotations: { ...before.metadata.annotations } } };
    after.metadata.annotations[multusKey] = first.metadata.annotations[multusKey] ?? "";
    const decision = await deciders.byChange(before, after);
    assert.equal(patchOf(decision).reservation, undefined);
    const { annotations } = patchedMetadata(after, decision);
    assert.deepEqual(
      parseResult(annotations[resultKey] ?? "").map(({ leaving }) => leaving),
      [undefined, true],
    );
  });

  it("shows in a dry run what it would do, with a token that is never valid", async () => {
    const deciders = podDeciders();
    const before = await stored(deciders);
    const after = plugging(before, plug);
    const decision = await deciders.byChange(before, after, { dryRun: true });
    const { annotations } = patchedMetadata(after, decision);
    assert.equal(annotations[tokenKey], "dry-run");
    assert.match(annotations[resultKey] ?? "", /"port":"dry-run-net2"/);
    assert.equal(patchOf(decision).reservation, undefined);
  });

  it("is refused for a pod that ends, has ended, or would get what the definition cannot give", async () => {
    const deciders = podDeciders();
    const ending = await stored(deciders, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    assert.equal(codeOf(await deciders.byChange(ending, plugging(ending, plug))), "ChangeRefused");
    const ended = { ...(await stored(deciders)), status: { phase: "Failed" } };
    assert.equal(codeOf(await deciders.byChange(ended, plugging(ended, plug))), "ChangeRefused");
    const pod = await stored(deciders);
    const all = { name: "ovn4nfv", namespace: "kube-system", interface: "net9" };
    assert.equal(codeOf(await deciders.byChange(pod, plugging(pod, all))), "SelectionInvalid");
    const forwarded = { ...plug, portMappings: [] };
    assert.equal(codeOf(await deciders.byChange(pod, plugging(pod, forwarded))), "SelectionInvalid");
    const ofReplica = { ...plug, "cni-args": { ordinalAddresses: [["10.1.0.9"]] } };
    assert.equal(codeOf(await deciders.byChange(pod, plugging(pod, ofReplica))), "ReplicaInvalid");
  });
});
