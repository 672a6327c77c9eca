import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/kube-object.ts";
import { controlPlaneTools } from "#test/lab/control-plane.ts";
import type { ManagedProcess } from "#test/lab/process.ts";
import { whyToolsAreMissing } from "#test/lab/tool-cache.ts";
import { validatingWebhookConfiguration } from "#test/lab/webhook-configuration.ts";
import { root } from "#test/tools/source-files.ts";
import { AdmissionStack } from "./admission-stack.ts";
import { controllerProcess } from "./controller-process.ts";
import { networkManifest } from "./network-stack.ts";
import { podManifest, request } from "./pod-manifest.ts";

const v4 = (subnet: string, more: object = {}) => ({ ipv4Subnets: [{ name: "s", subnet }], ...more });

describe("networks and the pods that ask for them", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start();
    const { kubectl } = stack.plane;
    await kubectl.apply(readFileSync(`${root}/deploy/crds/networks.yaml`, "utf8"));
    await kubectl.must(["wait", "--for=condition=Established", "crd/networks.k8s.plugin.opnfv.org"]);
    const url = `https://127.0.0.1:${stack.balancer.port}`;
    await kubectl.apply([validatingWebhookConfiguration({ url, ca: stack.authority.cert })]);
    controller = controllerProcess(stack);
    await controller.start();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const tryApply = (...items: readonly object[]) =>
    stack.plane.kubectl.run(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });

  function workload(kind: string, name: string, network: object, spec: object = {}): object {
    const labels = { app: name };
    const pod = podManifest({ labels, annotations: request(network) }) as KubeObject;
    const template = { metadata: { labels, annotations: pod.metadata.annotations }, spec: pod["spec"] };
    return {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: "default" },
      spec: { selector: { matchLabels: labels }, template, ...spec },
    };
  }

  async function untilReplicas(name: string, count: number): Promise<readonly KubeObject[]> {
    const { kubectl } = stack.plane;
    await kubectl.must(["wait", `deployment/${name}`, `--for=jsonpath={.status.replicas}=${count}`, "--timeout=60s"]);
    const { items } = (await kubectl.get(["pods", "-l", `app=${name}`])) as { items: readonly KubeObject[] };
    return items;
  }

  const addressesOf = (pods: readonly KubeObject[]) =>
    pods.flatMap(({ metadata }) =>
      parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "").flatMap((one) => one.ip_address),
    );

  for (const [order, subnet] of [
    ["network first", "10.31.0.0/24"],
    ["network last", "10.32.0.0/24"],
  ] as const) {
    it(`are applied in one file, ${order}`, async () => {
      const name = order.replace(" ", "-");
      const both = [networkManifest(name, v4(subnet)), workload("Deployment", name, { name }, { replicas: 10 })];
      const { code, stderr } = await tryApply(...(order === "network first" ? both : both.reverse()));
      assert.equal(code, 0, stderr);
      const addresses = addressesOf(await untilReplicas(name, 10));
      assert.equal(new Set(addresses).size, 10);
      assert.ok(
        addresses.every((text) => text.startsWith(subnet.slice(0, 6)) && text.endsWith("/24")),
        addresses.join(),
      );
    });
  }

  it("wait for the switch of a Network whose switch is late, and are refused at once without a Network", async () => {
    await controller.stop();
    await tryApply(networkManifest("late", v4("10.33.0.0/24")));
    const waiting = tryApply(podManifest({ name: "late", annotations: request({ name: "late" }) }));
    await controller.start();
    const { code, stderr } = await waiting;
    assert.equal(code, 0, stderr);
    const unknown = await tryApply(podManifest({ name: "unknown", annotations: request({ name: "nowhere" }) }));
    assert.match(unknown.stderr, /UnknownNetwork/);
  });

  it("are admitted by the labels of their namespace", async () => {
    const selector = { matchLabels: { team: "blue" } };
    await tryApply(networkManifest("labelled", v4("10.34.0.0/24", { allowedNamespaces: { selector } })), {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "blue", labels: { team: "blue" } },
    });
    const inBlue = podManifest({ name: "in", namespace: "blue", annotations: request({ name: "labelled" }) });
    await stack.plane.kubectl.must(["wait", "network/labelled", "--for=condition=Ready", "--timeout=20s"]);
    await stack.plane.kubectl.must(["wait", "serviceaccount/default", "-nblue", "--for=create", "--timeout=20s"]);
    const admitted = await tryApply(inBlue);
    assert.equal(admitted.code, 0, admitted.stderr);
    const refused = await tryApply(podManifest({ name: "out", annotations: request({ name: "labelled" }) }));
    assert.match(refused.stderr, /NotAllowed.*its labels do not match/);
  });

  it("tell faults of a template on apply, what may change as a warning, and the cure for a fixed address", async () => {
    const outside = await tryApply(workload("Deployment", "bad", { name: "late", ipAddress: "10.99.0.1" }));
    assert.match(outside.stderr, /AddressOutOfRange/);
    const misspelt = await tryApply(
      workload("StatefulSet", "bad", { name: "late", ipAdress: "10.33.0.9" }, { serviceName: "x" }),
    );
    assert.match(misspelt.stderr, /did you mean "ipAddress"/);
    const early = await tryApply(workload("DaemonSet", "early", { name: "not-yet" }));
    assert.equal(early.code, 0, early.stderr);
    assert.match(early.stderr, /Warning: pods would be refused now: UnknownNetwork/);
    const fixed = await tryApply(
      workload("Deployment", "fixed", { name: "late", ipAddress: "10.33.0.9" }, { replicas: 0 }),
    );
    assert.match(fixed.stderr, /Warning: .*strategy.type to Recreate/);
  });

  it("leave networks that clash to be told by kubectl", async () => {
    const overlap = await tryApply(networkManifest("clash", v4("10.33.0.128/25")));
    assert.match(overlap.stderr, /overlaps 10\.33\.0\.0\/24 of the Network default\/late/);
    await stack.plane.kubectl.must(["create", "namespace", "second"]);
    const twice = await tryApply(networkManifest("late", v4("10.35.0.0/24"), "second"));
    assert.match(twice.stderr, /is the name of a Network of the namespace default/);
    const words = { ipv4Subnets: [{ name: "s", subnet: "10.36.0.0/24", excludeIps: "abc" }] };
    assert.match((await tryApply(networkManifest("words", words))).stderr, /excludeIps "abc" cannot be read/);
  });
});
