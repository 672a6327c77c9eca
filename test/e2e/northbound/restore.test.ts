// NB goes back to an older state while pods run and others are being created.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { mustRun } from "#tools/process/command.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { violations } from "#lab/invariants/invariants.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { dropConnections, type OvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import type { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, failed } from "#test/stacks/burst.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { showRestore } from "#test/stacks/restore-show.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";

const client = ovnBinary("ovsdb-client");
const closed = /denied the request: BackendUnavailable: the OVN Northbound database /;

describe("pods whose Northbound database was restored from a backup", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, () => {
  let stack: AdmissionStack;
  let nb: OvsdbServer;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start({ plane: { audit: true }, replicas: 2, flags: { "restore-quiet-time": "2s" } });
    assert.ok(stack.nbServer !== undefined);
    nb = stack.nbServer;
    controller = controllerProcess(stack, { flags: { "reservation-lease": "10s" } });
  });
  beforeEach(async () => {
    if (!controller.running) await controller.start();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  /** Creates a pod. It tries again while the API server has not noticed that its connections were cut. */
  async function createPod(name: string, network: object, tries = 100): Promise<KubeObject> {
    try {
      return await stack.create(podManifest({ name, annotations: request(network) }));
    } catch (caught) {
      if (tries === 0 || !messageOf(caught).includes("failed calling webhook")) throw caught;
      await systemClock.sleep(100);
      return createPod(name, network, tries - 1);
    }
  }
  const messageOf = (error: unknown) => apiErrorDetails(error)?.message ?? String(error);
  const addressOf = ({ metadata }: KubeObject): string => {
    const [own] = parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");
    return own?.ip_address[0]?.replace(/\/.*/, "") ?? "";
  };
  const leaseMs = 10_000;
  const allBound = async () =>
    (await stack.world()).nb.ports.every(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") !== "");
  const holds = async () => violations(await stack.world(), { nowMs: systemClock.now(), leaseMs }).length === 0;

  /** Sends all reviews that come from now on to these replicas. */
  async function serveBy(...replicas: readonly WebhookProcess[]): Promise<void> {
    for (const port of stack.balancer.backends) stack.balancer.remove(port);
    for (const { admissionPort } of replicas) stack.balancer.add(admissionPort);
    await stack.balancer.cut();
  }

  const byRestore = async (backup: string): Promise<void> => {
    const file = join(nb.folder, "backup");
    await writeFile(file, backup);
    // The program seeks in its input, so the input must be a file.
    await mustRun("sh", ["-c", 'exec "$1" restore "$2" OVN_Northbound <"$3"', "sh", client, nb.endpoint, file]);
  };
  const byFile = async (backup: string): Promise<void> => {
    await nb.process.stop();
    await writeFile(nb.file, backup);
    await nb.process.start();
  };

  for (const [network, how, restore] of [
    ["blue", "by ovsdb-client restore", byRestore],
    ["green", "by another database file", byFile],
  ] as const) {
    it(`${how} get their own ports back, and nobody was given their addresses meanwhile`, async () => {
      const old = stack.replicas.slice(0, 2);
      // The subnet has 29 addresses for pods.
      await stack.addSwitch(network, network === "blue" ? "10.1.0.0/27" : "10.2.0.0/27");
      const create = (name: string) => createPod(`${network}-${name}`, { name: network });
      const createMany = (name: string, count: number) =>
        Promise.all(Array.from({ length: count }, (_, n) => create(`${name}-${n}`)));
      const early = await createMany("early", 6);
      await until(allBound);
      const backup = await mustRun(client, ["backup", nb.endpoint, "OVN_Northbound"]);
      // A replica renews its fence key each minute, and when it connects again. So this makes the backup older than
      // the key.
      await dropConnections(nb.controlSocket);
      const late = await createMany("late", 6);
      await until(allBound);
      for (const { metadata } of early.splice(0, 2)) {
        await stack.plane.kubectl.must(["delete", "pod", metadata.name, "--timeout=90s"]);
      }

      // Nobody makes lost rows again now, so only recovered addresses keep them from others.
      await controller.stop();
      const pids = old.map(({ process }) => process.pid);
      const outcomes = await burst({ count: 9, concurrency: 3, after: { 3: () => restore(backup) } }, (n) =>
        create(`during-${n}`),
      );
      for (const { error } of failed(outcomes)) assert.match(messageOf(error), closed);
      const during = outcomes.map(({ value }) => value).filter((value) => value !== undefined);
      assert.ok(during.length >= 3);
      // The time in which creates are refused ends by itself.
      let reopened: KubeObject | undefined;
      await until(async () => {
        reopened = await create("reopened").catch((error: unknown) => {
          assert.match(messageOf(error), closed);
          return undefined;
        });
        return reopened !== undefined;
      });
      assert.ok(reopened !== undefined);
      assert.deepEqual(
        old.map(({ process }) => process.pid),
        pids,
      );

      // A replica that never saw the database before its restore uses up the pool.
      const fresh = await stack.addReplica(`fresh-${network}`);
      await serveBy(fresh);
      const filling: KubeObject[] = [];
      await until(async () => {
        const outcome = await create(`filling-${filling.length}`).catch(messageOf);
        if (typeof outcome !== "string") filling.push(outcome);
        else assert.match(outcome, /PoolExhausted/);
        return typeof outcome === "string";
      });
      const running = [...early, ...late, ...during, reopened, ...filling];
      const held = running.map(addressOf);
      assert.equal(new Set(held).size, running.length, `given twice: ${held.sort().join(" ")}`);
      const lost = late[0]?.metadata.name ?? "";
      for (const replicas of [[fresh], old]) {
        await serveBy(...replicas);
        await assert.rejects(create("more"), (error) => /PoolExhausted/.test(messageOf(error)));
        const asked = createPod(`${network}-asked`, { name: network, ipAddress: addressOf(late[0] as KubeObject) });
        await assert.rejects(asked, (error) => /AddressInUse/.test(messageOf(error)));
      }

      if (restore === byRestore) running.push(await inherit(running, late[5] as KubeObject));

      await controller.start();
      await until(holds, 60_000);
      const { code, stdout } = await runCheck(stack, { flags: { "reservation-lease": "10s" } });
      assert.equal(code, 0, stdout);
      const { pods } = await stack.assertInvariants({ leaseMs });
      const now = new Map(pods.map((one) => [one.metadata.uid, addressOf(one)]));
      for (const one of running) assert.equal(now.get(one.metadata.uid), addressOf(one), one.metadata.name);

      // The recovered addresses have ended with the rows. So each replica can give an address that was released.
      await serveBy(...old, fresh);
      const address = addressOf(late[0] as KubeObject);
      let holder = lost;
      for (const [n, replica] of [fresh, ...old].entries()) {
        await serveBy(replica);
        await stack.plane.kubectl.must(["delete", "pod", holder, "--timeout=90s"]);
        holder = `${network}-heir-${n}`;
        const heir = await createPod(holder, { name: network, ipAddress: address });
        assert.equal(addressOf(heir), address);
      }
      await serveBy(...old);
      await fresh.process.stop();
    });
  }

  /** Lets a pod of `running` go, without a controller that could tell, and creates one that asks for its address. */
  async function inherit(running: KubeObject[], gone: KubeObject): Promise<KubeObject> {
    const { name } = running.splice(running.indexOf(gone), 1)[0]?.metadata ?? assert.fail("it does not run");
    await stack.plane.kubectl.must(["patch", "pod", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
    await stack.plane.kubectl.must(["delete", "pod", name, "--timeout=90s"]);
    const asked = () => createPod("heir-of-recovered", { name: "blue", ipAddress: addressOf(gone) });
    let heir: KubeObject | undefined;
    // The replicas look every half a minute whether the pods of recovered addresses are still there.
    await until(async () => {
      heir = await asked().catch((error: unknown) => {
        assert.match(messageOf(error), /AddressInUse/);
        return undefined;
      });
      return heir !== undefined;
    }, 90_000);
    return heir ?? assert.fail();
  }

  it("have their addresses after `ovn4nfv restore`, whatever was created and deleted since the backup", async () => {
    await showRestore({ stack, network: "red", subnet: "10.3.0.0/24", count: 8, leaseMs, deletesLease: true });
  });

  it("take the rights that only a restore needs", async () => {
    await assertRareRights(stack.plane, "test/e2e/northbound/restore.test.ts");
  });
});
