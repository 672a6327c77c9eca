// Certificates and token keys change in a cluster. The processes run in pods, and the API server calls their Service.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { tokenKeyId } from "#src/tokens/token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";
import { systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";

const webhook = "deployment/ovn4nfv-webhook";
const controller = "deployment/ovn4nfv-controller";
const own = `--namespace=${namespace}`;

describe("an installation whose certificates and keys roll over", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start();
    await stack.addNetworks({ crowd: { ipv4Subnets: [{ subnet: "10.40.0.0/16" }] } });
  });
  after(() => stack[Symbol.asyncDispose]());

  it("fails none of 500 creates, and wires a pod of two token keys before again when its sandbox restarts", async () => {
    await stack.apply(labPod("elder", { node: "n1", interfaces: [{ name: "crowd" }] }));
    await stack.ready("elder");
    const elder = await stack.pod("elder");
    await shortenLives();
    const authorities = new Set<string>();
    const look = async () => authorities.add((await certificate("ovn4nfv-webhook-ca")).fingerprint256);
    await look();
    let made = 0;
    const createTen = async (): Promise<void> => {
      const pods = Array.from({ length: 10 }, () => waitingPod(`rolled-${((made += 1)).toString()}`));
      const { kubectl } = stack.lab.controlPlane;
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: pods });
      await kubectl.must(["create", "-f", "-"], { input, timeoutMs: 60_000 });
    };
    const events = {
      10: async () => {
        await stack.kubectl("rollout", "restart", webhook, own);
        await stack.rolledOut(webhook, controller);
      },
      15: rotate,
      35: rotate,
    };
    assert.equal(tellErrors(await burst({ count: 50, concurrency: 2, after: events }, createTen)), "");
    const limit = AbortSignal.timeout(120_000);
    for (; authorities.size < 3; await look()) {
      assert.ok(!limit.aborted, `${authorities.size} authorities`);
      assert.equal(tellErrors(await burst({ count: 2, concurrency: 2 }, createTen)), "");
    }
    assert.notEqual(keyOf(await stack.pod(`rolled-${made}`)), keyOf(elder));
    const sandbox = await stack.sandboxOf(elder);
    await stack.killTask(stack.n1, sandbox);
    await stack.restarted("elder");
    assert.deepEqual(
      await stack.result("elder"),
      JSON.parse(elder.metadata.annotations?.[annotationKeys.result.key] ?? ""),
    );
    await stack.assertSettled();
  });

  /** Gives certificates lives of seconds, and deletes certificates with longer lives, as an administrator may do. */
  async function shortenLives(): Promise<void> {
    const lives = ["OVN4NFV_CA_LIFETIME=36s", "OVN4NFV_CERTIFICATE_LIFETIME=24s", "OVN4NFV_CA_SETTLE_TIME=3s"];
    await stack.kubectl("set", "env", webhook, own, ...lives);
    await stack.kubectl("set", "env", controller, own, "OVN4NFV_TOKEN_KEY_SETTLE_TIME=2s");
    await stack.rolledOut(webhook, controller);
    await until(
      async () => (await stack.pods("app.kubernetes.io/name=ovn4nfv-webhook", namespace)).length === 2,
      60_000,
    );
    await stack.kubectl("delete", "secret", own, "ovn4nfv-webhook-ca", "ovn4nfv-webhook-tls");
    await until(() => certificate("ovn4nfv-webhook-tls").then(isShort, () => false), 60_000);
    await until(
      () =>
        stack.apply(waitingPod("first")).then(
          () => true,
          () => false,
        ),
      60_000,
    );
  }

  async function certificate(name: string): Promise<X509Certificate> {
    const text = await stack.kubectl("get", "secret", name, own, "-o", "jsonpath={.data.tls\\.crt}");
    return new X509Certificate(Buffer.from(text, "base64"));
  }

  /** Rotates the key. It tries again, because it is refused while the key before is still being published. */
  async function rotate(): Promise<void> {
    const { center, controlPlane } = stack.lab;
    const env = withSources({ PATH: process.env["PATH"], KUBECONFIG: controlPlane.adminKubeconfig });
    await until(async () => {
      const { code } = await center.run(process.execPath, [`${root}/src/main.ts`, "keys", "rotate"], { env });
      return code === 0;
    }, 60_000);
  }
});

/** A pod that nothing schedules, because only its creation counts. */
function waitingPod(name: string): object {
  return podManifest({ name, annotations: request({ name: "crowd" }), spec: { schedulerName: "nobody" } });
}

function keyOf({ metadata }: KubeObject): string | undefined {
  return tokenKeyId(metadata.annotations?.[annotationKeys.token.key] ?? "");
}

function isShort({ validFromDate, validToDate }: X509Certificate): boolean {
  return validToDate.getTime() - validFromDate.getTime() < 3_600_000;
}
