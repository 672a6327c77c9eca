import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { createRequest } from "#src/commands/admit/create-request.ts";
import type { Manifest } from "#src/commands/admit/manifest-files.ts";
import { offlineDefinitions, tellsOfMultus, whereOptedIn } from "#src/commands/admit/offline-multus.ts";
import { AppError } from "#src/core/errors.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { type AdmissionAnswer, allowed, denied, patched } from "#webhooks/admission/response.ts";

const call = { signal: new AbortController().signal, deadlineMs: 0 };
const { key: label, example } = annotationKeys.multusNamespace;

function manifest(kind: string, metadata: JsonObject, more: JsonObject = {}): Manifest {
  return { file: "a.yaml", kind, object: { kind, metadata, ...more } };
}

function definition(metadata: JsonObject, config: object): Manifest {
  return manifest("NetworkAttachmentDefinition", metadata, { spec: { config: JSON.stringify(config) } });
}

test("definitions are ours by name or by what is in them, and one that nobody knows is told of once", async () => {
  const said: string[] = [];
  const manifests = [
    definition({ name: "blue-net", namespace: "shop" }, { type: "ovn4nfv-cni", "nfn-network": "blue" }),
    definition({ name: "here" }, { type: "ovn4nfvk8s-cni", "nfn-network": "green" }),
    definition({ name: "macvlan", namespace: "shop" }, { type: "macvlan" }),
    definition({ name: "ovn4nfv", namespace: "kube-system" }, { type: "macvlan" }),
  ];
  const source = offlineDefinitions(manifests, ["kube-system/ovn4nfv"], "dev", (text) => said.push(text));
  const selections = parseSelections("blue-net,macvlan,other,kube-system/ovn4nfv,other", "shop");
  assert.deepEqual(
    [...(await source(selections, call))],
    [
      ["kube-system/ovn4nfv", { network: undefined }],
      ["shop/blue-net", { network: "blue" }],
      ["dev/here", { network: "green" }],
    ],
  );
  await source(selections, call);
  assert.deepEqual(said, ["the definition shop/other is not among the manifests, and taken for another plugin's"]);
});

test("a namespace opts in by its label; one that is not among the manifests is assumed to, and that is said", async () => {
  const manifests = [
    manifest("Namespace", { name: "in", labels: { [label]: example } }),
    manifest("Namespace", { name: "out" }),
    manifest("Namespace", { name: "off", labels: { [label]: "disabled" } }),
  ];
  const ask = async (namespace: string, answer: AdmissionAnswer) => {
    const request = createRequest({}, { namespace, name: "a", username: "", dryRun: true });
    const {
      allowed: isAllowed,
      warnings = [],
      ...rest
    } = await whereOptedIn(() => Promise.resolve(answer), manifests)(request, call);
    return [isAllowed ? "patch" in rest && rest.patch.length : "refused", warnings.length];
  };
  const answer = patched([{ op: "remove", path: "/a" }]);
  assert.deepEqual(await ask("in", answer), [1, 0]);
  assert.deepEqual(await ask("out", answer), [0, 0]);
  assert.deepEqual(await ask("off", answer), [0, 0]);
  assert.deepEqual(await ask("unknown", answer), [1, 1]);
  assert.deepEqual(await ask("unknown", denied(new AppError("NotConnected", "gone"))), ["refused", 1]);
  assert.deepEqual(await ask("unknown", allowed()), [0, 0], "it asks for nothing");
});

test("definitions and namespaces are not passed over, other manifests without pods are", () => {
  const kinds = ["Namespace", "NetworkAttachmentDefinition", "Service"];
  assert.deepEqual(
    kinds.map((kind) => tellsOfMultus(manifest(kind, {}))),
    [true, true, false],
  );
});
