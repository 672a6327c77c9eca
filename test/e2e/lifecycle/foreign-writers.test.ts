// Ports that somebody else writes into NB: those that came before ours are respected, those that come later are reported.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { sharedAddresses } from "#lab/invariants/invariants.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import type { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { untilEvent } from "#test/stacks/pod-events.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const mac = (n: number): string => `0e:00:00:00:00:${n.toString(16).padStart(2, "0")}`;

describe("ports of foreign writers", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start({ replicas: 2 });
    // The subnet has 253 addresses for pods, because one is kept for a router.
    await stack.addSwitch("before", "10.1.0.0/24");
    await stack.addSwitch("during", "10.2.0.0/24");
    await stack.addSwitch("later", "10.3.0.0/24");
  });
  after(() => stack[Symbol.asyncDispose]());

  const addPort = (switchName: string, name: string, addresses: string): Promise<void> =>
    addForeignPort(stack.nb.join(","), { switchName, name, addresses });
  const createPod = (name: string, network: object) =>
    stack.create(podManifest({ name, annotations: request(network) }));

  const reported = (replica: WebhookProcess): ReadonlySet<string> => {
    const lines = replica.log().filter(({ msg }) => msg === "address is held by more than one port");
    return new Set(lines.flatMap(({ port, others }) => [String(port), ...(others as readonly string[])]));
  };

  it("that were there before never clash, though the pool is used to its last address", async () => {
    const taken = Array.from({ length: 20 }, (_, n) => 10 + n * 12);
    for (const [n, host] of taken.entries()) await addPort("before", `vm-${n}`, `${mac(n)} 10.1.0.${host}`);
    const free = 253 - taken.length;
    const outcomes = await burst({ count: free, concurrency: 16 }, (n) => createPod(`before-${n}`, { name: "before" }));
    assert.equal(tellErrors(outcomes), "");
    await assert.rejects(createPod("one-more", { name: "before" }), (error) => {
      assert.match(apiErrorDetails(error)?.message ?? "", /PoolExhausted/);
      return true;
    });
    const { nb } = await stack.assertInvariants();
    assert.deepEqual(sharedAddresses(nb), []);
  });

  it("that come while a pool is being filled share an address only where they came later, and then are reported", async (t) => {
    const ports = Array.from({ length: 40 }, (_, n) => ({ name: `during-vm-${n}`, host: 2 + n * 6 }));
    const write = async (): Promise<void> => {
      for (const { name, host } of ports) await addPort("during", name, `${mac(host)} 10.2.0.${host}`);
    };
    // The last pods may find the pool empty. Nobody knows how many of the foreign addresses are new to it.
    const outcomes = await burst({ count: 250, concurrency: 16, after: { 20: write } }, (n) =>
      createPod(`during-${n}`, { name: "during" }),
    );
    for (const { error } of outcomes) {
      assert.match(error === undefined ? "PoolExhausted" : (apiErrorDetails(error)?.message ?? ""), /PoolExhausted/);
    }
    const { nb } = await stack.world();
    const foreign = new Set(ports.map(({ name }) => name));
    const shared = sharedAddresses(nb).map(({ ports: names }) => names.filter((name) => foreign.has(name)));
    t.diagnostic(`${shared.length} of ${ports.length} came too late`);
    assert.ok(shared.length > 0, "none came too late, so nothing was tried");
    for (const names of shared) assert.equal(names.length, 1, "two pods never share");
    for (const [name] of shared) {
      for (const replica of stack.replicas) await replica.logged(conflictOf(name ?? ""));
    }
    await stack.assertInvariants({ sharing: shared.flat() });
  });

  it("that come later are reported by every replica, in log and metric, and on the pod, which keeps its address", async (t) => {
    const ipAddress = "10.3.0.77";
    const before = await Promise.all(stack.replicas.map((replica) => conflicts(replica)));
    const controller = controllerProcess(stack);
    await controller.start();
    t.after(() => controller.stop());
    const { uid } = (await createPod("holder", { name: "later", ipAddress, macAddress: "0a:58:0a:03:00:4d" })).metadata;
    // From then on the controller does not only look, but acts.
    await until(async () => {
      const { ports } = (await stack.world()).nb;
      return ports.some(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod-uid") === uid);
    });
    const told = { pod: "holder", reason: "AddressConflict" };
    await addPort("later", "late-ip", `${mac(1)} ${ipAddress}`);
    await untilEvent(stack, { ...told, says: "is held by others as well: late-ip." });
    await addPort("later", "late-mac", "0a:58:0a:03:00:4d 10.3.0.78");
    await untilEvent(stack, { ...told, says: "is held by others as well: late-mac." });
    await addPort("later", "harmless", `${mac(2)} 10.3.0.79`);
    for (const [index, replica] of stack.replicas.entries()) {
      for (const name of ["late-ip", "late-mac"]) await replica.logged(conflictOf(name));
      assert.equal((await conflicts(replica)) - (before[index] ?? 0), 2);
      assert.ok(!reported(replica).has("harmless"));
    }
    await stack.assertInvariants({ sharing: ["late-ip", "late-mac", ...(await sharingSoFar())] });
  });

  async function sharingSoFar(): Promise<readonly string[]> {
    const { nb } = await stack.world();
    return sharedAddresses(nb).flatMap(({ ports }) => ports.filter((name) => name.startsWith("during-vm-")));
  }
});

async function conflicts(replica: WebhookProcess): Promise<number> {
  return (await replica.metric("ovn4nfv_address_conflicts_total")).get('network="later"') ?? 0;
}

/** The line that reports the port. It may name either of the two ports first. */
function conflictOf(name: string): RegExp {
  return new RegExp(`^(?=.*"address is held by more than one port").*"${name}"`, "m");
}
