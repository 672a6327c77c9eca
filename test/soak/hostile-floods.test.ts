// 2,000 hostile connections of each kind at the webhook, while pods are created through a real API server.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { type Measured, measure, startFlood, strangers } from "#test/stacks/floods/flood.ts";
import { hostileKinds, type HostileKind } from "#test/stacks/floods/hostile-kinds.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

const connections = 2_000;
const creates = 200;
/** The address of the balancer, from which all reviews of the API server come. */
const own = ["127.0.0.1"];

describe("creates through an API server under a flood", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  let made = 0;
  const create = async (): Promise<unknown> => {
    made += 1;
    return stack.create(podManifest({ name: `pod-${made}`, annotations: request({ name: "blue" }) }));
  };
  before(async () => {
    stack = await AdmissionStack.start();
    await stack.addSwitch("blue", "10.0.0.0/12");
    controller = controllerProcess(stack);
    await controller.start();
    await measure(100, create);
    // From now on the address of the API server is known.
    await stack.replicas[0]?.logged(/"peer is known as an API server"/);
    await until(async () => (await stack.world()).nb.ports.every(({ externalIds }) => isBound(externalIds)));
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  /** The API server has to open its connections anew, also in the flood. */
  const measureAnew = async (): Promise<Measured> => {
    await stack.balancer.cut();
    await stack.world();
    return measure(creates, create);
  };

  /** Measures creates before the flood, and in it. */
  const flooded = async (kind: HostileKind, addresses: readonly string[]): Promise<readonly [Measured, Measured]> => {
    const { admissionPort: port } = stack.replicas[0] ?? assert.fail("no replica");
    const calm = await measureAnew();
    await using _flood = await startFlood(stack.plane.folder, { kind, port, addresses, connections });
    const measured = await measureAnew();
    say(`${kind} from ${addresses === own ? "the API server's address" : addresses.length}`, calm, measured);
    return [calm, measured];
  };

  for (const kind of Object.keys(hostileKinds) as HostileKind[]) {
    for (const count of [1, 50]) {
      it(`${kind} connections from ${count} addresses fail no create, and p99 grows less than three times`, async () => {
        const [calm, { errors, p99Ms }] = await flooded(kind, strangers(count));
        assert.equal(errors, "");
        assert.ok(p99Ms < 3 * calm.p99Ms, `${p99Ms} ms after ${calm.p99Ms} ms`);
      });
    }

    // An attacker there looks like the API server. The test tells how creates suffer, and that they succeed after the flood.
    it(`${kind} connections from the address of the API server are told, and the webhook lives on`, async () => {
      await flooded(kind, own);
      assert.equal((await measure(20, create)).errors, "");
    });
  }
});

function isBound(externalIds: ReadonlyMap<string, string>): boolean {
  return [...externalIds].some(([key, value]) => key.endsWith("/pod-uid") && value !== "");
}

function say(what: string, calm: Measured, { medianMs, p99Ms, errors }: Measured): void {
  const before = `calm: median ${calm.medianMs} ms, p99 ${calm.p99Ms} ms`;
  const within = `flooded: median ${medianMs} ms, p99 ${p99Ms} ms${errors === "" ? "" : `, ${errors}`}`;
  process.stderr.write(`${what}: ${before}; ${within}\n`);
}
