import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import type { Manifest } from "#src/commands/admit/manifest-files.ts";
import { offlineDefinitions, tellsOfMultus, whereOptedIn } from "#src/commands/admit/offline-multus.ts";
import { refusal } from "#src/core/errors.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { PodDecision } from "#src/pods/pod-decision.ts";

const call = { signal: new AbortController().signal, deadlineMs: 0 };
const { key: label, value } = annotationKeys.multusNamespace;

function manifest(kind: string, metadata: JsonObject, more: JsonObject = {}): Manifest {
  return { file: "a.yaml", kind, object: { kind, metadata, ...more } };
}

function definition(metadata: JsonObject, config: object): Manifest {
  return manifest("NetworkAttachmentDefinition", metadata, { spec: { config: JSON.stringify(config) } });
}

test("definitions are ours by name or by what is in them, and there is one warning for an unknown one", async () => {
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

test("a namespace opts in by its label; a namespace that is not among the manifests opts in with a warning", async () => {
  const manifests = [
    manifest("Namespace", { name: "in", labels: { [label]: value } }),
    manifest("Namespace", { name: "out" }),
    manifest("Namespace", { name: "off", labels: { [label]: "disabled" } }),
  ];
  const ask = async (namespace: string, answer: PodDecision) => {
    const decide = whereOptedIn(() => Promise.resolve(answer), manifests);
    const { kind, warnings } = await decide({ object: {}, namespace, dryRun: true, username: "" }, call);
    return [kind, warnings.length];
  };
  const details = { field: "x", value: 1, reason: "is wrong", remedy: "correct it" };
  const patched = { kind: "patched", patch: [], warnings: [], reservation: undefined } as const;
  const refused = { kind: "refused", error: refusal("Malformed", details), warnings: [] } as const;
  assert.deepEqual(await ask("in", patched), ["patched", 0]);
  assert.deepEqual(await ask("out", patched), ["unchanged", 0]);
  assert.deepEqual(await ask("off", patched), ["unchanged", 0]);
  assert.deepEqual(await ask("unknown", patched), ["patched", 1]);
  assert.deepEqual(await ask("unknown", refused), ["refused", 1]);
  assert.deepEqual(await ask("unknown", { kind: "unchanged", warnings: [] }), ["unchanged", 0], "it asks for nothing");
});

test("definitions and namespaces are not passed over, other manifests without pods are", () => {
  const kinds = ["Namespace", "NetworkAttachmentDefinition", "Service"];
  assert.deepEqual(
    kinds.map((kind) => tellsOfMultus(manifest(kind, {}))),
    [true, true, false],
  );
});
