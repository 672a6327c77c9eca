import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { parseResult, printResult } from "#src/api/result.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { HotPlug } from "#src/controllers/allocations/hot-plug.ts";
import type { PortRemoval } from "#src/controllers/allocations/port-writer.ts";
import { ReconcileBatch } from "#src/controllers/allocations/reconcile-batch.ts";
import { verifyPodToken } from "#src/tokens/pod-token.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";
import { id, keys, labelledPod, resultText, row, signer } from "#test/fixtures/controllers/labelled-pod.ts";
import { applyPatch } from "rfc6902";

const { result, token } = annotationKeys;
const attempt = { ...row("", 0), uuid: "row-2", name: "01B-net2" };
const plugged = {
  ...(parseResult(resultText)[0] ?? assert.fail()),
  interface: "net2",
  port: attempt.name,
  plugged: true as const,
};

function podWith(text: string, revision: number): PodMetadata {
  const token1 = signer.sign({
    allocation: id,
    namespace: "default",
    name: "web",
    generateName: "",
    result: text,
    revision,
  });
  return labelledPod({ metadata: { annotations: { [result.key]: text, [token.key]: token1 }, resourceVersion: "7" } });
}
const textOf = (more: object = {}) => printResult([...parseResult(resultText), { ...plugged, ...more }]);

function hotPlug(
  stored: PodMetadata | undefined,
  { isTaken = false, seen = 0, refusal }: { isTaken?: boolean; seen?: number; refusal?: Error } = {},
) {
  const removed: PortRemoval[] = [];
  const patched: object[] = [];
  const events: string[] = [];
  const parts = new HotPlug({
    rows: { of: () => [{ ...row("uid-web"), owner: { ...row("uid-web").owner, revision: seen } }] },
    pods: {
      get: () => Promise.resolve(stored as unknown as KubeObject | undefined),
      patchAsRead: (pod, operations) => {
        if (refusal !== undefined) return Promise.reject(refusal);
        const copy = structuredClone(pod);
        for (const error of applyPatch(copy, operations as never)) assert.equal(error, null);
        patched.push(copy);
        return Promise.resolve();
      },
    },
    writer: {
      remove: (removals) => {
        removed.push(...removals);
        return Promise.resolve(new Set(isTaken ? [] : removals));
      },
    },
    keys,
    signer,
    record: ({ reason, message }) => events.push(`${reason} ${message}`),
    logger: silentLogger,
    metrics: createMetrics(),
  });
  return { parts, removed, patched, events, batch: new ReconcileBatch() };
}

const signal = new AbortController().signal;

describe("HotPlug", () => {
  it("tells of interfaces that a pod got while it runs, and not of those with which it was created", () => {
    const { parts, events } = hotPlug(undefined);
    const pod = podWith(textOf(), 1);
    parts.bound({ do: "bind", pod, rows: [row("")], chassis: undefined });
    assert.deepEqual(events, []);
    const owner = { ...attempt.owner, revision: 1 };
    parts.bound({ do: "bind", pod, rows: [{ ...attempt, owner }], chassis: undefined });
    assert.match(events.join(), /InterfacesPlugged .*: net2\./);
  });

  it("deletes an attempt that nobody stored, when the pod as it is stored says so, too", async () => {
    const drop = (isSure: boolean, pod: PodMetadata) =>
      ({ do: "drop-attempts", pod, rows: [attempt], isSure }) as const;
    const without = hotPlug(podWith(resultText, 0));
    await without.parts.dropAttempts(id, drop(false, labelledPod()), without.batch, signal);
    assert.equal(without.removed.length, 1);
    const named = hotPlug(podWith(textOf(), 1));
    await named.parts.dropAttempts(id, drop(false, labelledPod()), named.batch, signal);
    assert.equal(named.removed.length, 0);
    assert.equal(named.batch.outcomes.size, 1);
    const forged = hotPlug(labelledPod());
    await forged.parts.dropAttempts(id, drop(false, labelledPod()), forged.batch, signal);
    assert.equal(forged.removed.length, 0);
    await forged.parts.dropAttempts(id, drop(true, labelledPod()), forged.batch, signal);
    assert.equal(forged.removed.length, 1);
  });

  it("tells of an older result only when the stored pod has it", async () => {
    const told = async (stored: PodMetadata | undefined) => {
      const { parts, events } = hotPlug(stored, { seen: 2 });
      const pod = podWith(textOf(), 1);
      await parts.tellOldResult(id, { do: "report", pod, problem: "replayed", holdsPorts: true }, signal);
      return events.map((event) => event.split(" ")[0]);
    };
    assert.deepEqual(await told(podWith(textOf(), 1)), ["OldResult"]);
    assert.deepEqual(await told(podWith(textOf(), 2)), []);
    assert.deepEqual(await told(undefined), []);
  });

  it("deletes what has left, and writes on another port which revision the pod had by then", async () => {
    const pod = podWith(textOf({ leaving: true }), 2);
    const { parts, removed, events, batch } = hotPlug(pod);
    const others = [{ ...row("uid-web"), uuid: "0b0e6f0c-6f6e-4f4e-9d93-0b1d3a8a1f10" }];
    await parts.unplug(id, { do: "unplug", pod, rows: [attempt], others, revision: 2 }, batch);
    assert.match(JSON.stringify(removed[0]?.besides), /revision.*2/);
    assert.match(events.join(), /InterfacesUnplugged .*: net2\./);
    const taken = hotPlug(pod, { isTaken: true });
    await taken.parts.unplug(id, { do: "unplug", pod, rows: [attempt], others: [], revision: 2 }, taken.batch);
    assert.deepEqual(taken.events, []);
  });

  it("looks again only after a pause when rows changed, or when somebody refuses the change of the result for ever", async () => {
    const pod = podWith(textOf({ leaving: true }), 2);
    const pauses: (number | undefined)[] = [];
    const pauseOf = async (act: (of: ReturnType<typeof hotPlug>) => Promise<void>, refusal?: Error): Promise<void> => {
      const made = hotPlug(pod, { isTaken: true, ...(refusal === undefined ? {} : { refusal }) });
      await act(made);
      const outcome = made.batch.outcomes.get(id);
      pauses.push(outcome !== undefined && "requeueAfterMs" in outcome ? outcome.requeueAfterMs : undefined);
    };
    await pauseOf(({ parts, batch }) =>
      parts.unplug(id, { do: "unplug", pod, rows: [attempt], others: [], revision: 2 }, batch),
    );
    await pauseOf(({ parts, batch }) =>
      parts.dropAttempts(id, { do: "drop-attempts", pod, rows: [attempt], isSure: true }, batch, signal),
    );
    for (const status of [409, 422]) {
      const refusal = statusError(status, "Invalid");
      await pauseOf(({ parts, batch }) => parts.forget(id, { do: "forget-unplugged", pod }, batch, signal), refusal);
    }
    assert.deepEqual(pauses, [100, 100, 5_000, 5_000]);
  });

  it("takes an interface out of the result when its port is gone, and signs what is left", async () => {
    const pod = podWith(textOf({ leaving: true }), 2);
    const { parts, patched, batch } = hotPlug(pod);
    await parts.forget(id, { do: "forget-unplugged", pod }, batch, signal);
    const verified = await verifyPodToken(readPod(patched[0]), keys);
    assert.deepEqual([verified.result, verified.revision], [resultText, 3]);
    const staying = hotPlug(podWith(textOf(), 1));
    await staying.parts.forget(id, { do: "forget-unplugged", pod }, staying.batch, signal);
    assert.deepEqual(staying.patched, []);
  });
});
