// `npm run bench -- northd`: counts what the life of pods costs ovn-northd, which computes changes or, far dearer, everything.
import { AppError } from "#src/core/errors.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { ensureOvn } from "#tools/ovn/ovn-cache.ts";
import { newestOvn } from "#tools/ovn/ovn-suites.ts";
import type { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { until } from "#test/assertions/until.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, failed, tellErrors } from "#test/stacks/burst.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { cpuMs } from "../process-usage.ts";
import { type BenchReport, rounded } from "../report.ts";
import {
  benchWire,
  type NorthdScenario,
  northdScenarios,
  prepareScenario,
  scenarioLabel,
  scenarioPod,
} from "./northd-scenarios.ts";

const pods = 500;
const clients = 16;
const settledWithinMs = 120_000;
const kinds = ["networks", "providernetworks", "networkchainings", "uplinks", "ovnnodes"] as const;
const node = { name: "n1", chassis: "chassis-1", address: "192.0.2.11" };

interface Cost {
  readonly recomputes: number;
  readonly cpuMs: number;
}

export async function benchNorthd(progress: Progress): Promise<BenchReport> {
  // Before 23.09 every port is a recompute, so the system's own OVN is used only when somebody names it.
  process.env["OVN_BINDIR"] ??= (await ensureOvn(newestOvn, { progress })).binaries;
  using folder = createTemporaryFolder("northd");
  await using ovn = await OvnCentral.start({ folder: folder.path });
  await using stack = await AdmissionStack.start({ nb: [ovn.nb] });
  await using controller = controllerProcess(stack);
  await addNode(stack, ovn);
  await controller.start();
  const costs = new Map<string, Cost>();
  for (const scenario of northdScenarios) {
    await prepareScenario(stack, scenario);
    const cost = await progress.during(`${pods} pods on ${scenario.name}`, () => lifeOfPods(stack, ovn, scenario));
    progress.say(`${scenario.name}: ${cost.recomputes} recomputes, ${cost.cpuMs / pods} ms a pod`);
    costs.set(scenario.name, cost);
  }
  const worst = (of: (cost: Cost) => number): number => Math.max(...[...costs.values()].map(of)) / pods;
  return {
    name: "northd",
    ratios: rounded({
      recomputesPerPod: worst(({ recomputes }) => recomputes),
      northdMsPerPod: worst((cost) => cost.cpuMs),
    }),
    figures: rounded(
      Object.fromEntries(
        [...costs].flatMap(([name, cost]) => [
          [`${name}Recomputes`, cost.recomputes],
          [`${name}NorthdMsPerPod`, cost.cpuMs / pods],
        ]),
      ),
    ),
  };
}

/** Creates pods on the node, waits until their ports are bound and ask for its chassis, and deletes them. */
async function lifeOfPods(stack: AdmissionStack, ovn: OvnCentral, scenario: NorthdScenario): Promise<Cost> {
  const before = await costSoFar(ovn);
  const created = await burst({ count: pods, concurrency: clients }, (n) =>
    stack.create(scenarioPod(scenario, `${scenario.name.toLowerCase()}-${n}`, node.name)),
  );
  if (failed(created).length > 0) throw new AppError("CommandFailed", tellErrors(created));
  await until(() => allPlaced(stack, scenario), settledWithinMs);
  await scenario.settled?.(stack, pods);
  await ovn.settle();
  const select = ["-l", `${scenarioLabel}=${scenario.name}`];
  await stack.plane.kubectl.must(["delete", "pods", ...select, "--force", "--grace-period=0", "--wait=false"], {
    timeoutMs: settledWithinMs,
  });
  await until(async () => (await podPorts(stack, scenario)).length === 0, settledWithinMs);
  const after = await costSoFar(ovn);
  return { recomputes: after.recomputes - before.recomputes, cpuMs: after.cpuMs - before.cpuMs };
}

async function costSoFar(ovn: OvnCentral): Promise<Cost> {
  await ovn.settle();
  const [northd, lflow] = [await ovn.northdStats("northd"), await ovn.northdStats("lflow")];
  return { recomputes: northd.recompute + lflow.recompute, cpuMs: cpuMs(ovn.northd.pid) };
}

async function podPorts({ nb }: AdmissionStack, { name }: NorthdScenario) {
  const { ports } = await readNb(nb);
  const prefix = `${name.toLowerCase()}-`;
  return ports.filter(({ externalIds }) => externalIds.get(externalId("pod"))?.startsWith(prefix) === true);
}

async function allPlaced(stack: AdmissionStack, scenario: NorthdScenario): Promise<boolean> {
  const ports = await podPorts(stack, scenario);
  const placed = ports.filter(
    ({ options, externalIds }) =>
      (externalIds.get(externalId("pod-uid")) ?? "") !== "" && options.get("requested-chassis") === node.chassis,
  );
  return ports.length >= pods && placed.length === ports.length;
}

/** The node of the pods, and its chassis in both places: as its agent publishes it, and in the Southbound database. */
async function addNode({ plane, client }: AdmissionStack, ovn: OvnCentral): Promise<void> {
  const { kubectl } = plane;
  await kubectl.apply(kinds.flatMap((kind) => readManifests(`deploy/crds/${kind}.yaml`)));
  for (const kind of kinds) await kubectl.established(`${kind}.k8s.plugin.opnfv.org`);
  await kubectl.apply([
    { apiVersion: "v1", kind: "Node", metadata: { name: node.name } },
    { apiVersion: "k8s.plugin.opnfv.org/v1alpha1", kind: "OvnNode", metadata: { name: node.name } },
  ]);
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Connected",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const wires = [{ physicalNetwork: benchWire, conditions: [ready] }];
  const status = { status: { systemId: node.chassis, wires } };
  await new ResourceApi(client, resources.ovnNodes).patch({ name: node.name }, "merge", status, {
    subresource: "status",
  });
  await ovn.sbctl("chassis-add", node.chassis, "geneve", node.address);
}
