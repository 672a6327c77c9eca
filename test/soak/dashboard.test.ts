// Prometheus scrapes webhook and controller while pods come and go, and the queries of the dashboard have data.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { reservePort } from "#tools/process/port.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, operationsPort } from "#test/stacks/controller-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const { panels } = JSON.parse(readFileSync(join(root, "deploy/monitoring/dashboard.json"), "utf8")) as {
  panels: readonly { title: string; targets: readonly { expr: string }[] }[];
};
const skip = whyToolsAreMissing(controlPlaneTools) || whyProgramsAreMissing(["prometheus"]);

const settings = ["other_config:subnet=10.79.0.0/24", `external_ids:${externalId("allowed-namespaces")}=default`];

/** Metrics of agents, and of objects whose kinds this stack does not have. */
const elsewhere = /ovn4nfv_(?:cni_|agent_|floating_addresses|chains|uplinks|taps|services|service_)/;
/** Counters that begin with the first fault of their kind. */
const ofFaults =
  /ovn4nfv_(?:ports_recreated|ports_corrected|late_allocations|address_conflicts)_total|reconcile_errors_total/;

describe("the dashboard", { skip }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  let prometheus: ManagedProcess;
  let port: number;
  before(async () => {
    await ensurePrograms(["prometheus"]);
    stack = await AdmissionStack.start({ reviewTimeoutSeconds: 30 });
    controller = controllerProcess(stack);
    await controller.start();
    await nbctl(stack.nb.join(","), "ls-add", "blue", "--", "set", "logical_switch", "blue", ...settings);
    const targets = [...stack.replicas.map((one) => one.operationsPort), operationsPort(controller)];
    port = await reservePort();
    const config = join(stack.plane.folder, "prometheus.yaml");
    const job = {
      job_name: "ovn4nfv",
      static_configs: targets.map((at, index) => ({
        targets: [`127.0.0.1:${at.toString()}`],
        labels: { pod: `ovn4nfv-${index.toString()}`, namespace: "ovn4nfv-system" },
      })),
    };
    writeFileSync(config, JSON.stringify({ global: { scrape_interval: "1s" }, scrape_configs: [job] }));
    prometheus = await ManagedProcess.start({
      name: "prometheus",
      command: "prometheus",
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(stack.plane.folder, "prometheus")}`,
        `--web.listen-address=127.0.0.1:${port.toString()}`,
      ],
      logFile: join(stack.plane.folder, "prometheus.log"),
      ready: untilLine(/Server is ready to receive web requests/),
      stopTimeoutMs: 20_000,
    });
  });
  after(async () => {
    await prometheus.stop();
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  it("has data in each query of webhook and controller while pods come and go", async (t) => {
    const { kubectl } = stack.plane;
    const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
    assert.ok(queries.length > 30);
    const isAbsent = (expr: string): boolean => elsewhere.test(expr) || ofFaults.test(expr);
    const wanted = queries.filter(({ expr }) => !isAbsent(expr));
    assert.ok(wanted.length >= 17);
    // A reservation is open for a moment only, so that each query needs data once.
    let silent = wanted;
    let round = 0;
    try {
      await until(async () => {
        round += 1;
        const names = Array.from({ length: 4 }, (_, index) => `load-${round.toString()}-${index.toString()}`);
        await kubectl.apply(names.map((name) => podManifest({ name, annotations: request({ name: "blue" }) })));
        await kubectl.must(["delete", "pod", ...names, "--grace-period=0", "--timeout=60s"]);
        const found = await Promise.all(silent.map(async (one) => ({ ...one, count: await ask(one.expr) })));
        silent = found.filter(({ count }) => count === 0);
        return silent.length === 0;
      }, 120_000);
    } catch (cause) {
      throw new Error(`there are no data for ${silent.map(({ expr }) => expr).join("\n")}`, { cause });
    }
    t.diagnostic(`${wanted.length} of ${queries.length} queries had data after ${round} rounds of pods`);
    // Prometheus takes the others too.
    for (const { expr } of queries.filter((one) => isAbsent(one.expr))) await ask(expr);
  });

  /** The number of series that a query has now. Throws where Prometheus does not take it. */
  async function ask(expr: string): Promise<number> {
    const query = expr.replaceAll("$__rate_interval", "30s");
    const answer = await fetch(`http://127.0.0.1:${port.toString()}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      error?: string;
      data?: { result: readonly unknown[] };
    };
    assert.equal(status, "success", `${expr}: ${error ?? ""}`);
    return data?.result.length ?? 0;
  }
});
