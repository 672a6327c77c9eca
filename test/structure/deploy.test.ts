// The texts in deploy/ agree with the tables of the code.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { programFlags } from "#tools/build/bundle.ts";
import { root } from "#tools/source-files.ts";

const { request, earlyRequest, earlyRoutes, result, token, covered, allocation, finalizer, multusNetworks } =
  annotationKeys;
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
  readonly failurePolicy: string;
  readonly namespaceSelector?: { readonly matchLabels?: object };
  readonly objectSelector?: { readonly matchExpressions: readonly object[] };
  readonly matchConditions?: readonly { readonly expression: string }[];
}

function entryOf(path: string, name: string): Entry | undefined {
  const [configuration] = readManifests(path);
  return (configuration?.["webhooks"] as readonly Entry[]).find((one) => one.name === name);
}

/** The keys for which the API server calls an entry of a webhook configuration. */
function keysOfEntry(path: string, name: string): readonly string[] {
  return keysIn(entryOf(path, name)?.matchConditions);
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

test("no write on pods waits for the webhook that checks changed limits, and pods of others do not reach it", () => {
  const entry = entryOf("deploy/base/validating-webhook.yaml", "bandwidth.ovn4nfv.opnfv.org");
  assert.equal(entry?.failurePolicy, "Ignore");
  assert.deepEqual(entry.objectSelector?.matchExpressions, [{ key: allocation.key, operator: "Exists" }]);
});

test("changes of pods of others do not reach the webhook, whoever takes its conditions away", () => {
  const entry = entryOf("deploy/base/mutating-webhook.yaml", "change.pods.ovn4nfv.opnfv.org");
  assert.deepEqual(entry?.objectSelector?.matchExpressions, [{ key: allocation.key, operator: "Exists" }]);
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
    sorted([request, earlyRequest, earlyRoutes, ...marks, covered, multusNetworks]),
  );
});

test("the guard of Bindings refuses each annotation and label that the guard keeps", () => {
  assert.deepEqual(
    keysIn(policy("ovn4nfv-pod-binding").validations.map(({ expression }) => expression)),
    sorted([request, earlyRequest, earlyRoutes, result, token, covered, allocation, multusNetworks]),
  );
});

test("our own accounts may write the marks and the Multus annotation, and no other key", () => {
  const { validations, variables } = policy("ovn4nfv-own-writes", "deploy/base/own-writes.yaml");
  const own = keysIn([...variables, ...validations.map(({ expression }) => expression)]);
  // Conditions of ours begin with the prefix.
  assert.deepEqual(own, [...sorted([...marks, multusNetworks]), "k8s.plugin.opnfv.org/"].sort());
});

test("the accounts whose writes are limited are those that may write pods", () => {
  const manifests = globSync("deploy/{base/rbac,overlays/*/rbac,uninstall}/*.yaml", { cwd: root }).flatMap(
    readManifests,
  );
  const writers = manifests.flatMap(({ kind, metadata, rules = [] }) => {
    const granted = rules as readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
    const writing = granted.filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)));
    const resources = writing.flatMap((rule) => rule.resources.filter((one) => /^(?:\*|pods\b)/.test(one)));
    return kind?.endsWith("Role") && resources.length > 0 ? [`${metadata.name}: ${resources.join()}`] : [];
  });
  assert.deepEqual(writers.sort(), ["ovn4nfv-controller: pods/status", "ovn4nfv-uninstall: pods/status"]);
  const { matchConditions } = policy("ovn4nfv-own-writes", "deploy/base/own-writes.yaml");
  const limited = [...JSON.stringify(matchConditions).matchAll(/ovn4nfv-system:([\w-]+)/g)].map(([, name]) => name);
  assert.deepEqual(limited.sort(), ["ovn4nfv-controller", "ovn4nfv-uninstall"]);
});

test("the Secrets that an account may create are those which it may read", () => {
  const roles = globSync("deploy/{base,overlays/self-signed}/rbac/*.yaml", { cwd: root }).flatMap(readManifests);
  const rules = roles.flatMap(({ metadata, rules: granted = [] }) =>
    (granted as readonly Rule[])
      .filter(({ resources }) => resources.includes("secrets"))
      .map((rule) => ({ ...rule, account: metadata.name.replace(/-certificates$/, "") })),
  );
  const creators = rules.filter(({ verbs }) => verbs.includes("create")).map(({ account }) => account);
  const names = rules.flatMap(({ resourceNames = [] }) => resourceNames);
  const { matchConditions, validations } = policy("ovn4nfv-own-secrets", "deploy/base/own-writes.yaml");
  const limited = [...JSON.stringify(matchConditions).matchAll(/ovn4nfv-system:([\w-]+)/g)].map(([, name]) => name);
  assert.deepEqual(limited.sort(), creators.sort());
  const allowed = [...(validations[0]?.expression.matchAll(/"(ovn4nfv-(?!system)[\w-]+)"/g) ?? [])].map(
    ([, name]) => name,
  );
  assert.deepEqual([...new Set(allowed)].sort(), [...new Set(names)].sort());
});

test("only the cainjector may write webhook configurations, and only ours by their names", () => {
  const overlays = globSync("deploy/{base,overlays}/**/*.yaml", { cwd: root }).flatMap(readManifests);
  const found = overlays.flatMap(({ metadata, rules = [] }) =>
    (rules as readonly Rule[])
      .filter(
        ({ resources, verbs }) =>
          /webhookconf|\*/.test(resources.join()) && /patch|update|create|\*/.test(verbs.join()),
      )
      .map(({ resourceNames }) => `${metadata.name}: ${resourceNames?.join() ?? "any"}`),
  );
  assert.deepEqual(found.sort(), ["ovn4nfv-cainjector: ovn4nfv", "ovn4nfv-cainjector: zz-ovn4nfv"]);
});

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

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

test("the guard takes no copy for the webhook's in namespaces that the webhook is not called for", () => {
  const [configuration] = readManifests("deploy/base/mutating-webhook.yaml");
  const entries = configuration?.["webhooks"] as readonly (Entry & {
    readonly namespaceSelector: { readonly matchExpressions: readonly { readonly values: readonly string[] }[] };
  })[];
  const change = entries.find(({ name }) => name === "change.pods.ovn4nfv.opnfv.org");
  const values = change?.namespaceSelector.matchExpressions[0]?.values;
  const { variables } = policy("ovn4nfv-pod-update");
  const found = (variables as readonly { readonly name: string; readonly expression: string }[]).find(
    ({ name }) => name === "covered",
  );
  assert.ok(found?.expression.includes(`!(request.namespace in ${JSON.stringify(values)}) &&`));
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
  assert.deepEqual(
    keysIn(edits.validations.map(({ expression }) => expression)),
    sorted([...requests, covered, allocation]),
  );
});

test("the image starts the program with the flags of its first line", () => {
  const [firstLine = ""] = readFileSync(`${root}/src/main.ts`, "utf8").split("\n");
  assert.ok(programFlags().length > 0);
  assert.deepEqual(
    programFlags(),
    firstLine.split(" ").filter((word) => word.startsWith("--")),
  );
  assert.ok(programFlags("agent").includes("--expose-gc"));
});

test("the page about the installation names every workload, policy and kind of object that is installed", () => {
  const page = readFileSync(`${root}/docs/install.md`, "utf8");
  const named = [...page.matchAll(/`(ovn4nfv-[\w-]+\*?|[a-z]+\.k8s\.plugin\.opnfv\.org)`/g)].map(
    ([, name = ""]) => name,
  );
  const kinds = ["Deployment", "DaemonSet", "ValidatingAdmissionPolicy", "CustomResourceDefinition"];
  const installed = readManifests("deploy/install.yaml").filter(({ kind = "" }) => kinds.includes(kind));
  assert.ok(installed.length > 10);
  const isNamed = (name: string) =>
    named.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : name === one));
  assert.deepEqual(
    installed.filter(({ metadata }) => !isNamed(metadata.name)).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    [],
  );
});

test("each pod that has the certificate of the Northbound database may connect to that of our own OVN", () => {
  const files = globSync("deploy/{base,components,chart,uninstall}/**/*.yaml", { cwd: root });
  const having = files.flatMap((path) =>
    readFileSync(`${root}/${path}`, "utf8")
      .split(/^---$|^ {2}- target:/m)
      .filter((text) => text.includes("secretName: ovn4nfv-northbound"))
      .map((text) => /name: (ovn4nfv-\w+)/.exec(text)?.[1] ?? ""),
  );
  assert.ok(having.length >= 5, having.join());
  const policy = readFileSync(`${root}/deploy/ovn/network-policy.yaml`, "utf8");
  const admitted = /values: \[(.*)\]/.exec(policy)?.[1]?.split(", ") ?? [];
  assert.deepEqual([...admitted].sort(), [...new Set(having)].sort());
});
