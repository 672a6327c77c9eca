// A backup, creates and deletes after it, and the way back by `ovn4nfv restore`.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { parseResult } from "#src/api/result.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { printBackup, readBackup, type WireRow } from "#src/ovsdb/backup/backup-file.ts";
import type { Flags } from "#lab/kubernetes/control-plane-flags.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";
import type { AdmissionStack } from "./admission-stack.ts";
import { interruptRestore, runBackup, runCheck, runRestore } from "./controller-process.ts";

const target = { namespace: systemNamespace, name: "ovn4nfv-webhook" };
const replicas = 2;
const patienceMs = 120_000;

/** A stack that `serveAsDeployment` can stop and start, and the limits of its controller. */
export interface RestoreShow {
  readonly stack: AdmissionStack;
  /** The switch that the pods join; it is made here. */
  readonly network: string;
  readonly subnet: string;
  /** The number of pods before the backup, and of those after it. */
  readonly count: number;
  readonly leaseMs: number;
  /** Deletes the Lease of a run that was killed, as somebody may who knows that it is dead. Otherwise the next run waits for its end. */
  readonly deletesLease: boolean;
}

/**
 * Makes a backup, then creates `count` pods and deletes as many, half of them older than the backup. After the restore all running
 * pods have their addresses, nobody else has them, and nothing is left of the others. Gives what the run has done, and its time.
 */
export async function showRestore({
  stack,
  network,
  subnet,
  count,
  leaseMs,
  deletesLease,
}: RestoreShow): Promise<string> {
  await stack.addSwitch(network, subnet);
  const running = new Map<string, string>();
  const create = async (name: string): Promise<void> => {
    const pod = podManifest({ name: `${network}-${name}`, annotations: request({ name: network }) });
    running.set(`${network}-${name}`, addressOf(await stack.create(pod, "default", patienceMs)));
  };
  const createMany = async (prefix: string, many: number): Promise<void> => {
    for (let from = 0; from < many; from += atOnce) {
      const names = Array.from({ length: Math.min(atOnce, many - from) }, (_, n) => `${prefix}-${String(from + n)}`);
      await Promise.all(names.map(create));
    }
  };
  const remove = async (names: readonly string[]): Promise<void> => {
    const pods = names.map((name) => `${network}-${name}`);
    await stack.plane.kubectl.must(["delete", "pod", "--timeout=120s", ...pods], { timeoutMs: patienceMs });
    for (const name of pods) running.delete(name);
  };
  const ours = async () =>
    (await stack.world()).nb.ports.filter(({ externalIds }) => externalIds.get(networkKey) === network);
  const allBound = async () => (await ours()).every(({ externalIds }) => (externalIds.get(podUidKey) ?? "") !== "");

  await createMany("early", count);
  await until(allBound, patienceMs);
  const folder = join(stack.plane.folder, "backups");
  await mkdir(folder);
  const file = await runBackup(stack, folder);
  await createMany("late", count);
  await until(allBound, patienceMs);
  const half = Math.floor(count / 2);
  const everyOther = (prefix: string) => Array.from({ length: half }, (_, n) => `${prefix}-${String(n * 2)}`);
  await remove([...everyOther("early"), ...everyOther("late")]);

  const deployments = new ResourceApi(stack.client, resources.deployments);
  await deployments.create(systemNamespace, webhookDeployment);
  const flags = { output: "json", "recovery-time": "8m", "reservation-lease": `${String(leaseMs)}ms` };
  await refusesTheBackupOfAnother(stack, file, flags);
  const second = async (): Promise<void> => {
    const refused = await runRestore(stack, file, flags);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(
      refused.stderr,
      /restore-\S+ does the same now, and holds the Lease ovn4nfv-system\/ovn4nfv-restore; /,
    );
    assert.equal(await replicasOf(deployments), 0, "the second run has started the webhooks under the first");
  };
  // The terminal of a run goes away. Then it starts the webhooks again, and restores nothing.
  assert.deepEqual(await interruptRestore(stack, file, "SIGHUP", flags, second), { code: 1, signal: null });
  assert.equal(await replicasOf(deployments), replicas);
  const [{ code, stdout, stderr, ms }, refusal] = await Promise.all([
    // The second run finishes what the first one has begun.
    interruptRestore(stack, file, "SIGKILL", flags).then(async () => {
      if (deletesLease) await stack.plane.kubectl.must(["-n", systemNamespace, "delete", "lease", "ovn4nfv-restore"]);
      const began = performance.now();
      return { ...(await runRestore(stack, file, flags)), ms: Math.round(performance.now() - began) };
    }),
    serveAsDeployment(stack, deployments, network),
  ]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stderr, /an earlier run was killed/);
  const [outcome] = JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
  assert.equal(outcome?.["restored"], true);
  assert.deepEqual(outcome["findings"], []);
  // The ports of the deleted pods of before come back, and those of the pods of between go, until the controller mends both.
  assert.ok(Number(outcome["inserted"]) >= half && Number(outcome["deleted"]) >= count - half, stdout);
  assert.match(refusal, /failed calling webhook|BackendUnavailable/, "creates are refused meanwhile");

  const checked = await runCheck(stack, { flags: { "reservation-lease": flags["reservation-lease"] } });
  assert.equal(checked.code, 0, checked.stdout);
  await createMany("after", Math.min(count, atOnce));
  assert.equal(new Set(running.values()).size, running.size, "an address was given twice");
  await until(allBound, patienceMs);
  const { pods } = await stack.assertInvariants({ leaseMs });
  const now = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  for (const [name, address] of running) {
    assert.equal(addressOf(now.get(name) ?? assert.fail(`${name} is gone`)), address, name);
  }
  assert.equal((await ours()).length, running.size);
  const { inserted, updated, deleted } = outcome;
  return `${String(inserted)} rows inserted, ${String(updated)} updated, ${String(deleted)} deleted, all agree after ${String(ms)} ms`;
}

/** Without `--yes` nothing is done, and a backup that another cluster has made is not even looked at. */
async function refusesTheBackupOfAnother(stack: AdmissionStack, file: string, flags: Flags): Promise<void> {
  const { metadata } = await new ResourceApi(stack.client, resources.namespaces).get({ name: "kube-system" });
  const backup = readBackup(await readFile(file), file);
  const rows = JSON.stringify([...backup.tables].map(([table, byUuid]) => [table, [...byUuid]]));
  const other = JSON.parse(rows.replaceAll(metadata.uid, "another-cluster")) as [string, [string, WireRow][]][];
  const tables = new Map(other.map(([table, byUuid]) => [table, new Map(byUuid)]));
  const theirs = `${file}.other`;
  await writeFile(theirs, printBackup({ ...backup, tables }));
  const refused = await runRestore(stack, theirs, flags);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /has rows of the cluster another-cluster, and none of this cluster/);
}

const atOnce = 20;
const podUidKey = externalId("pod-uid");
const networkKey = externalId("network");

const patient = () => ({ deadlineMs: systemClock.monotonicMs() + patienceMs });

async function replicasOf(deployments: ResourceApi): Promise<number> {
  const { spec } = (await deployments.get(target, patient())) as unknown as { spec: { replicas: number } };
  return spec.replicas;
}

/** Stands in for the nodes: ends the replicas when the pods of the Deployment go, and starts them and says so when they are back. */
async function serveAsDeployment(stack: AdmissionStack, deployments: ResourceApi, network: string): Promise<string> {
  await until(async () => (await replicasOf(deployments)) === 0, patienceMs);
  for (const port of stack.balancer.backends) stack.balancer.remove(port);
  await Promise.all(stack.replicas.map(({ process }) => process.stop()));
  const refused = await stack
    .create(podManifest({ name: "refused", annotations: request({ name: network }) }), "default", patienceMs)
    .then(
      () => "it was created",
      (error: unknown) => apiErrorDetails(error)?.message ?? String(error),
    );
  await until(async () => (await replicasOf(deployments)) === replicas, patienceMs);
  await stack.addReplica("restored-1");
  await stack.addReplica("restored-2");
  const selection = { namespace: systemNamespace, labelSelector: `app.kubernetes.io/name=${target.name}` };
  const webhooks = async () => (await stack.pods.list(selection, patient())).items;
  await until(async () => (await webhooks()).length === replicas, patienceMs);
  for (const { metadata } of await webhooks()) {
    const pod = { namespace: systemNamespace, name: metadata.name };
    await stack.pods.patch(pod, "merge", { status: readyStatus }, { subresource: "status", ...patient() });
  }
  return refused;
}

const readyStatus = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
};

function addressOf({ metadata }: KubeObject): string {
  const [own] = parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");
  return own?.ip_address[0]?.replace(/\/.*/, "") ?? "";
}

const labels = { "app.kubernetes.io/name": "ovn4nfv-webhook" };
const webhookDeployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: target,
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "webhook", image: "ovn4nfv" }] } },
  },
};
