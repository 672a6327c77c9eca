import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { templateOf } from "#tools/chart/marks.ts";

const object = (kind: string, name: string, more: object): KubeObject =>
  ({ kind, metadata: { name }, ...more }) as unknown as KubeObject;

test("a workload has image, replicas and resources from the values, and its other containers keep theirs", () => {
  const containers = [
    { name: "webhook", image: "ovn4nfv:0.1.0", resources: { limits: { memory: "1Mi" } } },
    { name: "other", image: "ovn4nfv:0.1.0", resources: { limits: { memory: "2Mi" } } },
  ];
  const spec = { replicas: 2, template: { spec: { containers } } };
  const text = templateOf(object("Deployment", "ovn4nfv-webhook", { spec }));
  assert.match(text, /^ {2}replicas: \{\{ \.Values\.webhook\.replicas \}\}$/m);
  assert.equal(text.match(/image: \{\{ include "ovn4nfv\.image" \. \}\}/g)?.length, 2);
  assert.match(text, /^ {10}resources: \{\{- toYaml \.Values\.webhook\.resources \| nindent 12 \}\}$/m);
  assert.match(text, /^ {14}memory: 2Mi$/m);
  assert.match(
    text,
    /\{\{- with \.Values\.imagePullSecrets \}\}\n {6}imagePullSecrets: \{\{- toYaml \. \| nindent 8 \}\}\n/,
  );
  assert.doesNotMatch(text, /@@/);
});

test("agents roll at the pace of the values", () => {
  const template = { spec: { containers: [{ name: "agent", image: "ovn4nfv:0.1.0" }] } };
  const spec = { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, template };
  const text = templateOf(object("DaemonSet", "ovn4nfv-agent", { spec }));
  assert.match(text, /^ {6}maxSurge: \{\{ \.Values\.agent\.maxSurge \}\}$/m);
});

test("the ConfigMap has what the values say, and further settings", () => {
  const text = templateOf(object("ConfigMap", "ovn4nfv-config", { data: { OVN4NFV_NB: "", OTHER: "x" } }));
  assert.match(text, /OVN4NFV_NB: \{\{ include "ovn4nfv\.northbound" \. \| quote \}\}/);
  assert.match(text, /OTHER: x/);
  assert.match(
    text,
    /\{\{- range \$key, \$value := \.Values\.config \}\}\n {2}\{\{ \$key \}\}: \{\{ \$value \| quote \}\}/,
  );
});

test("the namespaces that are left alone are those of the values, wherever a selector names them", () => {
  const values = ["kube-system", "kube-node-lease", "ovn4nfv-system", "cert-manager"];
  const text = templateOf(object("Policy", "p", { spec: { expressions: [{ key: "k", values }, { values: ["x"] }] } }));
  assert.match(text, /^ {6}values: \{\{- toYaml \.Values\.excludedNamespaces \| nindent 8 \}\}$/m);
  assert.match(text, /- x$/m);
  const expression = `a &&\n  !(n in ${JSON.stringify(values)})`;
  const policy = templateOf(object("Policy", "p", { spec: { expression } }));
  assert.match(policy, /^ {6}!\(n in \{\{ toJson \.Values\.excludedNamespaces \}\}\)$/m);
});

test("definitions are kept, the uninstall Job is a hook, and braces of others stay braces", () => {
  const definition = templateOf(object("CustomResourceDefinition", "networks", {}));
  // Helm leaves an object alone whatever the annotation says, so that it must not be there at all.
  assert.match(
    definition,
    /\{\{- with \(ternary "keep" "" \.Values\.crds\.keep\) \}\}\n +helm\.sh\/resource-policy: [^\n]*\n +\{\{- end \}\}/,
  );
  assert.match(templateOf(object("Job", "ovn4nfv-uninstall", {})), /helm\.sh\/hook: pre-delete/);
  assert.match(
    templateOf(object("ConfigMap", "dashboard", { data: { a: "{{pod}}" } })),
    /a: "\{\{ "\{\{" \}\}pod\}\}"/,
  );
});
