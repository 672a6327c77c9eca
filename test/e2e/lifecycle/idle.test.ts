import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

interface AuditEvent {
  readonly verb: string;
  readonly userAgent: string;
  readonly objectRef?: { readonly resource: string };
}

describe("a controller with nothing to do", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  /** Everything that the controller has sent to NB. */
  let sent = "";
  before(async () => {
    stack = await AdmissionStack.start({ plane: { audit: true } });
    await stack.addSwitch("blue", "10.1.0.0/24");
    const path = join(stack.plane.folder, "listened.sock");
    const server = createServer((near) => {
      const far = connect((stack.nb[0] ?? "").slice("unix:".length));
      near.on("data", (chunk) => (sent += chunk.toString("latin1")));
      near
        .on("error", () => far.destroy())
        .pipe(far)
        .on("error", () => near.destroy())
        .pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    server.unref();
    // The controller checks everything again each second. Nobody outside may notice that.
    controller = controllerProcess(stack, { flags: { nb: `unix:${path}`, "resync-interval": "1s" } });
    await controller.start();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  /** The calls of the controller that change something, in order. */
  const writes = (): readonly AuditEvent[] =>
    (readJsonLines(join(stack.plane.folder, "audit.log")) as readonly AuditEvent[]).filter(
      ({ userAgent, verb }) => userAgent.startsWith("ovn4nfv-controller") && !/^(get|list|watch)$/.test(verb),
    );

  it("writes its Lease and nothing else, and asks NB for nothing", async () => {
    const pod = await stack.create(podManifest({ name: "rests", annotations: request({ name: "blue" }) }));
    const id = pod.metadata.labels?.[annotationKeys.allocation.key] ?? "";
    await until(async () => {
      const { nb } = await stack.world();
      const own = nb.ports.filter(({ name }) => name.startsWith(id));
      return own.length > 0 && own.every((port) => port.externalIds.get("k8s.plugin.opnfv.org/pod-uid") !== "");
    });
    const renewals = (): number => writes().filter(({ objectRef }) => objectRef?.resource === "leases").length;
    // Everything that follows a binding has ended by the second renewal after it.
    const boundAt = renewals();
    await until(() => renewals() >= boundAt + 2);
    const [writesBefore, sentBefore, renewedBefore] = [writes().length, sent.length, renewals()];
    assert.match(sent, /"method":"transact"/, "the binding was heard, so a poll would be");
    // A renewal takes half a second, so the controller has checked everything several times.
    await until(() => renewals() >= renewedBefore + 8);
    const others = writes()
      .slice(writesBefore)
      .filter(({ objectRef }) => objectRef?.resource !== "leases");
    assert.deepEqual(others, []);
    const methods = [...sent.slice(sentBefore).matchAll(/"method":"(\w+)"/g)].map(([, method]) => method);
    assert.deepEqual(
      [...new Set(methods)].filter((method) => method !== "echo"),
      [],
    );
  });
});
