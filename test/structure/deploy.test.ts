// The texts in deploy/ agree with the tables of the code.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { programFlags } from "#tools/build/bundle.ts";
import { root } from "#tools/source-files.ts";

const { request, earlyRequest, earlyRoutes, result, token, allocation, finalizer, multusNetworks } = annotationKeys;
const marks = [result, token, allocation, finalizer];

/** The keys of table entries, as `keysIn` gives them. */
function sorted(entries: readonly { readonly key: string }[]): readonly string[] {
  return entries.map(({ key }) => key).sort();
}

/** The string constants of a CEL expression that are keys, each once, sorted. */
function keysIn(expression: unknown): readonly string[] {
  const constants = [...JSON.stringify(expression).matchAll(/\\"([\w./-]+)\\"/g)].map(([, constant = ""]) => constant);
  return [...new Set(constants)].filter((constant) => /^(?:k8s\.|ovn)/.test(constant)).sort();
}

interface Entry {
  readonly name: string;
  readonly namespaceSelector?: { readonly matchLabels?: object };
  readonly matchConditions?: readonly { readonly expression: string }[];
}

/** The keys for which the API server calls an entry of a webhook configuration. */
function keysOfEntry(path: string, name: string): readonly string[] {
  const [configuration] = readManifests(path);
  const entry = (configuration?.["webhooks"] as readonly Entry[]).find((one) => one.name === name);
  return keysIn(entry?.matchConditions);
}

test("the webhook is called for every key of ours on a pod", () => {
  assert.deepEqual(
    keysOfEntry("deploy/base/mutating-webhook.yaml", "allocate.pods.ovn4nfv.opnfv.org"),
    sorted([request, earlyRequest, ...marks]),
  );
});

test("no pod is called about by both pod entries, and the second is for namespaces that opt in", () => {
  const [configuration] = readManifests("deploy/base/mutating-webhook.yaml");
  const [first, second] = configuration?.["webhooks"] as readonly Entry[];
  const conditions = (entry: Entry | undefined) => entry?.matchConditions?.map(({ expression }) => expression) ?? [];
  assert.equal(conditions(second).at(-1), `!(${conditions(first)[0] ?? ""})`);
  const { key, value } = annotationKeys.multusNamespace;
  assert.deepEqual(second?.namespaceSelector?.matchLabels, { [key]: value });
  assert.deepEqual(keysIn(conditions(second)[0]), [annotationKeys.multusNetworks.key]);
});

test("the webhook is called for every form of a request in a template", () => {
  assert.deepEqual(
    keysOfEntry("deploy/base/validating-webhook.yaml", "workloads.ovn4nfv.opnfv.org"),
    sorted([request, earlyRequest]),
  );
});

interface PolicySpec {
  readonly matchConstraints: { readonly namespaceSelector?: object };
  readonly matchConditions: readonly object[];
  readonly validations: readonly { readonly expression: string }[];
  readonly variables: readonly object[];
}

function policy(name: string, path = "deploy/base/guard.yaml"): PolicySpec {
  const found = readManifests(path).find(
    ({ kind, metadata }) => kind === "ValidatingAdmissionPolicy" && metadata.name === name,
  );
  return found?.["spec"] as PolicySpec;
}

test("the guard looks at pods with any key of ours, and keeps each of them as it is", () => {
  const { matchConditions, validations } = policy("ovn4nfv-pod-update");
  assert.deepEqual(keysIn(matchConditions), sorted([request, earlyRequest, ...marks]));
  assert.deepEqual(
    keysIn(validations.map(({ expression }) => expression)),
    sorted([request, earlyRequest, earlyRoutes, ...marks, multusNetworks]),
  );
});

test("the guard of new pods knows every request and every mark", () => {
  const { matchConditions, variables } = policy("ovn4nfv-pod-create");
  const keys = sorted([request, earlyRequest, ...marks]);
  assert.deepEqual([keysIn(matchConditions[0]), keysIn(variables)], [keys, keys]);
});

test("the guard of new pods leaves out the namespaces that the webhook is not called for", () => {
  const [configuration] = readManifests("deploy/base/mutating-webhook.yaml");
  const [entry] = configuration?.["webhooks"] as readonly [{ readonly namespaceSelector: object }];
  assert.deepEqual(policy("ovn4nfv-pod-create").matchConstraints.namespaceSelector, entry.namespaceSelector);
});

test("the warnings know every annotation of ours on a pod, and every request", () => {
  const known = Object.values(annotationKeys).filter(({ key, kind }) => {
    return kind === "annotation" && (key.startsWith("k8s.plugin.opnfv.org/") || key === "ovnNetwork");
  });
  const { variables, matchConstraints } = policy("ovn4nfv-near-misses", "deploy/base/warnings.yaml");
  const [annotations] = variables.filter((one) => (one as { readonly name: string }).name === "unknownAnnotations");
  const keys = keysIn(annotations).filter((key) => /^(?:k8s\.plugin\.opnfv\.org\/.+|ovnNetwork)$/.test(key));
  assert.deepEqual(keys, sorted(known));
  assert.deepEqual(matchConstraints.namespaceSelector, policy("ovn4nfv-pod-create").matchConstraints.namespaceSelector);
  const edits = policy("ovn4nfv-pod-edits", "deploy/base/warnings.yaml");
  const requests = [request, earlyRequest, earlyRoutes, multusNetworks];
  assert.deepEqual(keysIn(edits.matchConditions[0]), sorted(requests));
  assert.deepEqual(keysIn(edits.validations.map(({ expression }) => expression)), sorted([...requests, allocation]));
});

test("the image starts the program with the flags of its first line", () => {
  const script = readFileSync(`${root}/deploy/ovn4nfv.sh`, "utf8");
  assert.ok(programFlags().length > 0);
  assert.match(script, new RegExp(`^exec /bin/node ${programFlags().join(" ")} `, "m"));
});
