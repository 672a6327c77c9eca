import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import { NamedReader } from "#src/pods/stored/named-reader.ts";
import { projectDefinition } from "#src/pods/stored/stored-definitions.ts";

const target = { namespace: "shop", name: "d" };
const metadata = { ...target, uid: "u", resourceVersion: "1" };
const readerOf = (client: ApiClient, clock: ManualClock) =>
  new NamedReader(client, resources.networkAttachmentDefinitions, projectDefinition, clock);
const config = JSON.stringify({ type: "ovn4nfv-cni", "nfn-network": "blue" });

test("the reader gives what is kept of an object, and undefined when there is none", async () => {
  const found = readerOf(new FakeApiClient(() => ({ metadata, spec: { config } })), new ManualClock());
  assert.deepEqual(await found.read(target, {}), { own: { network: "blue" } });
  const missing = () => Promise.reject(statusError(404, "NotFound"));
  assert.equal(await readerOf(new FakeApiClient(missing), new ManualClock()).read(target, {}), undefined);
  assert.deepEqual(projectDefinition({ metadata }), { own: undefined });
});

test("a read that fails hands its turn on, and one whose deadline has come loses its place", async () => {
  const clock = new ManualClock();
  const answers: PromiseWithResolvers<unknown>[] = [];
  const client = new FakeApiClient(() => {
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  });
  const reader = readerOf(client, clock);
  const first = Array.from({ length: 8 }, () => reader.read(target, {}));
  const impatient = assert.rejects(reader.read(target, { deadlineMs: 10 }), { code: "DeadlineExceeded" });
  const patient = reader.read(target, {});
  await clock.advance(10);
  await impatient;
  const failed = assert.rejects(first[0] ?? Promise.resolve());
  answers[0]?.reject(statusError(500, "InternalError"));
  await failed;
  await settled();
  assert.equal(answers.length, 9);
  for (const { resolve } of answers) resolve({ metadata, spec: { config } });
  assert.deepEqual(await patient, { own: { network: "blue" } });
});

test("namespaces take turns, so that a flood of pods in one of them does not keep another one waiting", async () => {
  const asked: string[] = [];
  const answers: PromiseWithResolvers<unknown>[] = [];
  const client = new FakeApiClient(({ path }) => {
    asked.push(/namespaces\/(\w+)\//.exec(path)?.[1] ?? "");
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  });
  const reader = readerOf(client, new ManualClock());
  const reads = [...Array.from({ length: 20 }, () => "flood"), "shop", "bank", "shop"].map((namespace) =>
    reader.read({ namespace, name: "d" }, {}),
  );
  for (let done = 0; done < reads.length; done += 1) {
    await settled();
    answers[done]?.resolve({ metadata, spec: { config } });
  }
  await Promise.all(reads);
  assert.deepEqual(asked.slice(8, 14), ["flood", "shop", "bank", "flood", "shop", "flood"]);
});

test("confirmations have a limited rate", () => {
  const clock = new ManualClock();
  const reader = readerOf(new FakeApiClient(() => assert.fail("a read")), clock);
  const count = (): number => Array.from({ length: 30 }, () => reader.mayConfirm()).filter(Boolean).length;
  assert.equal(count(), 20);
  clock.jump(500);
  assert.equal(count(), 5);
});
