// The PodMonitors lead to where the processes serve their metrics.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { test } from "node:test";
import { readManifests } from "#tools/manifest/manifests.ts";
import { root } from "#tools/source-files.ts";

interface Relabeling {
  readonly action?: "keep";
  readonly sourceLabels: readonly string[];
  readonly regex?: string;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

interface Endpoint {
  readonly port?: string;
  readonly relabelings?: readonly Relabeling[];
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

const monitors = readManifests("deploy/monitoring/pod-monitor.yaml").map(({ metadata, spec }) => {
  const { podMetricsEndpoints } = spec as { readonly podMetricsEndpoints: readonly Endpoint[] };
  return { name: metadata.name, endpoint: podMetricsEndpoints[0] };
});
const containers = globSync(["deploy/base/*.yaml", "deploy/components/view/*.yaml"], { cwd: root })
  .flatMap((path) => readManifests(path))
  .flatMap(({ spec }) => {
    const { template } = (spec ?? {}) as {
      readonly template?: { readonly spec: { readonly containers: Container[] } };
    };
    return template?.spec.containers ?? [];
  });

/** Relabels as Prometheus does: a regex is anchored, and stands for anything by default. Undefined when the target is dropped. */
function relabelled(labels: Readonly<Record<string, string>>, rules: readonly Relabeling[]) {
  let now = labels;
  for (const { action, sourceLabels, regex = "(.*)", targetLabel = "", replacement = "$1" } of rules) {
    const found = new RegExp(`^(?:${regex})$`).exec(sourceLabels.map((label) => now[label] ?? "").join(";"));
    if (action === "keep" && found === null) return undefined;
    if (action === "keep" || found === null) continue;
    now = { ...now, [targetLabel]: replacement.replace("$1", found[1] ?? "") };
  }
  return now;
}

test("the port of each process but the agent is declared under the name that the monitor has", () => {
  assert.equal(monitors.find(({ name }) => name === "ovn4nfv")?.endpoint?.port, "operations");
  const scraped = containers.filter(({ name }) => ["webhook", "controller", "view"].includes(name));
  assert.deepEqual(
    scraped.map(({ ports = [] }) => ports.find(({ name }) => name === "operations")?.containerPort),
    [9440, 9440, 9440],
  );
});

test("an agent declares no port, and is found at the one where it listens", () => {
  const agent = containers.find(({ name }) => name === "agent");
  assert.equal(agent?.ports, undefined);
  const [, port] = agent?.args?.map((arg) => /^--operations-listen=.*:(\d+)$/.exec(arg)).find(Boolean) ?? [];
  const rules = monitors.find(({ name }) => name === "ovn4nfv-agent")?.endpoint?.relabelings ?? [];
  const target = (container: string, address: string) =>
    relabelled({ __meta_kubernetes_pod_container_name: container, __meta_kubernetes_pod_ip: address }, rules);
  assert.equal(target("agent", "192.0.2.1")?.["__address__"], `192.0.2.1:${port}`);
  assert.equal(target("agent", "2001:db8::1")?.["__address__"], `[2001:db8::1]:${port}`);
  assert.equal(target("install-shim", "192.0.2.1"), undefined);
});
