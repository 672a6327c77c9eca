// What stands in deploy/ as text agrees with the tables of the code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readManifests } from "#test/lab/manifests.ts";

const { request, earlyRequest, result, token, allocation, finalizer } = annotationKeys;

/** Every string constant of a CEL expression that is a key, sorted, each once. */
function keysIn(expression: unknown): readonly string[] {
  const constants = [...JSON.stringify(expression).matchAll(/\\"([\w./-]+)\\"/g)].map(([, constant = ""]) => constant);
  return [...new Set(constants)].filter((constant) => /^(?:k8s\.|ovn)/.test(constant)).sort();
}

interface Entry {
  readonly name: string;
  readonly namespaceSelector?: { readonly matchLabels?: object };
  readonly matchConditions?: readonly { readonly expression: string }[];
}

/** The keys that an entry of a webhook configuration is called for. */
function keysOfEntry(path: string, name: string): readonly string[] {
  const [configuration] = readManifests(path);
  const entry = (configuration?.["webhooks"] as readonly Entry[]).find((one) => one.name === name);
  return keysIn(entry?.matchConditions);
}

test("the webhook is called for every key of ours on a pod", () => {
  assert.deepEqual(
    keysOfEntry("deploy/base/mutating-webhook.yaml", "allocate.pods.ovn4nfv.opnfv.org"),
    [request, earlyRequest, result, token, allocation, finalizer].map(({ key }) => key).sort(),
  );
});

test("no pod is called about by both pod entries, and the second is for namespaces that opt in", () => {
  const [configuration] = readManifests("deploy/base/mutating-webhook.yaml");
  const [first, second] = configuration?.["webhooks"] as readonly Entry[];
  const conditions = (entry: Entry | undefined) => entry?.matchConditions?.map(({ expression }) => expression) ?? [];
  assert.equal(conditions(second).at(-1), `!(${conditions(first)[0] ?? ""})`);
  const { key, example } = annotationKeys.multusNamespace;
  assert.deepEqual(second?.namespaceSelector?.matchLabels, { [key]: example });
  assert.deepEqual(keysIn(conditions(second)[0]), [annotationKeys.multusNetworks.key]);
});

test("the webhook is called for every form of a request in a template", () => {
  assert.deepEqual(
    keysOfEntry("deploy/base/validating-webhook.yaml", "workloads.ovn4nfv.opnfv.org"),
    [request, earlyRequest].map(({ key }) => key).sort(),
  );
});
