import assert from "node:assert/strict";
import { it } from "node:test";
import { WebhookPause } from "#src/commands/restore/webhook-pause.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { hasCode } from "#src/core/errors.ts";
import { FakeApiClient, listOf, pod, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const call = { deadlineMs: 1_000, signal: new AbortController().signal };
const deployment = (replicas: number, annotations: object = {}, status: object = {}, generation = 1) => ({
  metadata: { name: "ovn4nfv-webhook", uid: "u", resourceVersion: "1", annotations, generation },
  spec: { replicas },
  status: { observedGeneration: generation, ...status },
});
function parts(answer: (request: ApiRequest) => unknown) {
  const client = new FakeApiClient(answer);
  return { client, clock: new ManualClock(), namespace: "ovn4nfv-system" };
}
const still = { replicas: 0 };
const key = "k8s.plugin.opnfv.org/replicas-before-restore";

it("stops the webhooks, waits for their pods, and starts as many again", async () => {
  let pods = 2;
  const made = parts(({ method, path }) => {
    if (method === "PATCH" || path.includes("deployments"))
      return deployment(3, {}, pods > 0 ? {} : { readyReplicas: 3 });
    pods -= 1;
    return listOf(pods > 0 ? [pod("ovn4nfv-webhook-1", "1")] : [], "1");
  });
  const pause = await WebhookPause.find(made, call);
  const closed = pause.close(call);
  await made.clock.advance(500);
  await closed;
  await pause.open(call);
  await pause.whenReady(call);
  assert.deepEqual(
    made.client.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body),
    [
      { metadata: { annotations: { [key]: "3" } }, spec: { replicas: 0 } },
      { metadata: { annotations: { [key]: null } }, spec: { replicas: 3 } },
    ],
  );
});

it("takes them for stopped, or for ready, only by a status that knows the number", async () => {
  let observedGeneration = 1;
  const made = parts(({ method, path }) => {
    if (!path.includes("deployments")) return listOf([], "1");
    return deployment(2, {}, method === "PATCH" ? {} : { observedGeneration, readyReplicas: 2 }, 2);
  });
  const pause = await WebhookPause.find(made, call);
  for (const waits of [() => pause.close(call), () => pause.whenReady(call)]) {
    observedGeneration = 1;
    let isDone = false;
    const done = waits().then(() => {
      isDone = true;
    });
    await made.clock.advance(250);
    assert.equal(isDone, false);
    observedGeneration = 2;
    await made.clock.advance(250);
    await done;
  }
});

it("knows after a run that was killed how many there were, unless somebody has started them since", async () => {
  const find = (replicas: number) =>
    WebhookPause.find(
      parts(() => deployment(replicas, { [key]: "2" })),
      call,
    );
  const killed = await find(0);
  assert.deepEqual([killed.replicas, killed.isLeftOver], [2, true]);
  const started = await find(3);
  assert.deepEqual([started.replicas, started.isLeftOver], [3, false]);
});

it("says what to name where there is no webhook", async () => {
  const missing = parts(() => {
    throw statusError(404, "NotFound");
  });
  await assert.rejects(WebhookPause.find(missing, call), (error) => {
    return (
      hasCode(error, "ConfigInvalid") &&
      /no Deployment ovn4nfv-system\/ovn4nfv-webhook; .*--system-namespace/.test(error.message)
    );
  });
});

it("gives up when the pods of the webhooks do not end, and names those that may still answer", async () => {
  const pods = [pod("stays", "1"), { ...pod("evicted", "1"), status: { phase: "Failed" } }];
  const made = parts(({ path }) => (path.includes("deployments") ? deployment(0, {}, still) : listOf(pods, "1")));
  const pause = await WebhookPause.find(made, call);
  const closed = assert.rejects(pause.close(call), (error) => {
    return hasCode(error, "DeadlineExceeded") && /in ovn4nfv-system: stays may still run; /.test(error.message);
  });
  for (let step = 0; step < 8; step += 1) await made.clock.advance(250);
  await closed;
});

it("takes pods that were evicted, and stay in the list, for ended", async () => {
  const evicted = { ...pod("evicted", "1"), status: { phase: "Failed" } };
  const made = parts(({ path }) => (path.includes("deployments") ? deployment(0, {}, still) : listOf([evicted], "1")));
  const pause = await WebhookPause.find(made, call);
  await pause.close(call);
  await pause.assertClosed(call);
});

it("does not start webhooks that it had no right to stop", async () => {
  const made = parts(({ method }) => {
    if (method === "PATCH") throw statusError(403, "Forbidden");
    return deployment(2);
  });
  const pause = await WebhookPause.find(made, call);
  await assert.rejects(pause.close(call), /403/);
  await pause.open(call);
  assert.equal(made.client.requests.filter(({ method }) => method === "PATCH").length, 1);
});

it("leaves the webhooks to another run that has begun since", async () => {
  const made = parts(({ path }) => (path.includes("deployments") ? deployment(2, {}, still) : listOf([], "1")));
  const pause = await WebhookPause.find(made, call);
  await pause.close(call);
  await pause.open(call, () => Promise.resolve(false));
  assert.equal(made.client.requests.filter(({ method }) => method === "PATCH").length, 1);
});

it("starts the webhooks when no answer has said whether they were stopped", async () => {
  let answers = 0;
  const made = parts(({ method }) => {
    if (method === "PATCH" && (answers += 1) === 1) throw statusError(504, "Timeout");
    return deployment(2);
  });
  const pause = await WebhookPause.find(made, call);
  await assert.rejects(pause.close(call), /504/);
  await pause.open(call);
  assert.equal(answers, 2);
});

it("goes on while the API server is away for a moment", async () => {
  let isDown = true;
  const made = parts(({ method, path }) => {
    if (method === "GET" && isDown && made.client.requests.length > 1) throw statusError(503, "ServiceUnavailable");
    return path.includes("deployments") ? deployment(0, {}, still) : listOf([], "1");
  });
  const pause = await WebhookPause.find(made, call);
  const closed = pause.close(call);
  await made.clock.advance(250);
  isDown = false;
  await made.clock.advance(250);
  await closed;
});

it("notices that somebody else has started the webhooks", async () => {
  let replicas = 0;
  let pods = 0;
  const made = parts(({ path }) =>
    path.includes("deployments")
      ? deployment(replicas)
      : listOf(
          Array.from({ length: pods }, (_, n) => pod(`webhook-${String(n)}`, "1")),
          "1",
        ),
  );
  const pause = await WebhookPause.find(made, call);
  await pause.assertClosed(call);
  const isRefused = (error: unknown) => hasCode(error, "ConfigInvalid") && /nothing was restored/.test(error.message);
  pods = 1;
  await assert.rejects(pause.assertClosed(call), isRefused);
  [replicas, pods] = [2, 0];
  await assert.rejects(pause.assertClosed(call), isRefused);
});

it("tries to start the webhooks until its time is up, and says then how it is done by hand", async () => {
  let isDown = false;
  const made = parts(({ method, path }) => {
    if (method === "PATCH" && isDown) throw statusError(503, "ServiceUnavailable");
    return path.includes("deployments") ? deployment(2) : listOf([], "1");
  });
  const pause = await WebhookPause.find(made, call);
  await pause.close(call);
  isDown = true;
  const opened = pause.open(call);
  await made.clock.advance(250);
  isDown = false;
  await made.clock.advance(250);
  await opened;
  isDown = true;
  const refused = assert.rejects(pause.open({ ...call, deadlineMs: 1_000 }), (error) => {
    return (
      hasCode(error, "DeadlineExceeded") &&
      /kubectl -n ovn4nfv-system patch deployment\/ovn4nfv-webhook --type=merge -p '\{"metadata":\{"annotations":\{"k8s.plugin.opnfv.org\/replicas-before-restore":null\}\},"spec":\{"replicas":2\}\}'/.test(
        error.message,
      )
    );
  });
  for (let step = 0; step < 4; step += 1) await made.clock.advance(250);
  await refused;
});
