// `npm run soak -- agent-skew`: agents and shims of the release before and of this one, with webhook and controller of either.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { releases, type Release, storeSkew } from "#tools/docs/skew.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { callShim, type SandboxedPod, startTwoMachines, type TwoMachines, whyNotWired } from "#demo/two-machines.ts";
import { addressesOf } from "#demo/wire-pods.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { compileFor, programOf } from "#test/upgrade/release-programs.ts";

const goneMs = 60_000;
const networks = ["blue", "green"] as const;

/** The releases of agent and shim on the two machines. */
const machines: readonly (readonly [agent: Release, shim: Release])[][] = [
  [
    ["before", "before"],
    ["this", "this"],
  ],
  [
    ["before", "this"],
    ["this", "before"],
  ],
];

describe("agents and shims of two releases", { skip: whyNotWired() }, () => {
  for (const control of releases) {
    for (const kinds of machines) {
      const told = kinds.map(([agent, shim]) => `agent ${agent} with shim ${shim}`).join(", ");
      it(`wire pods of webhook and controller of the release ${control}: ${told}`, async () => {
        let passed = false;
        try {
          await wireAndEnd(control, kinds);
          passed = true;
        } finally {
          const date = new Date(systemClock.now()).toISOString().slice(0, 10);
          const what = "pods with two interfaces wired, checked by pings, ended, and released";
          for (const [agent, shim] of kinds)
            storeSkew({ webhook: control, controller: control, agent, shim, what, passed, date });
        }
      });
    }
  }
});

async function wireAndEnd(control: Release, kinds: readonly (readonly [Release, Release])[]): Promise<void> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(createTemporaryFolder("skew")).path;
  const nodes = await Promise.all(
    kinds.map(async ([agent, shim]) => ({
      agent: await programOf(agent),
      folder: await compileFor(agent, shim, folder),
    })),
  );
  const stack = await startTwoMachines(owned, { control: await programOf(control), nodes });
  const { central } = stack.fabric;
  for (const [n, network] of networks.entries()) {
    const settings = [
      `other_config:subnet=10.${n + 1}.0.0/24`,
      "external_ids:k8s.plugin.opnfv.org/allowed-namespaces=*",
    ];
    await central.nbctl("--wait=sb", "ls-add", network, "--", "set", "logical_switch", network, ...settings);
  }
  const pods: SandboxedPod[] = [];
  for (const n of kinds.keys()) pods.push(await startPod(stack, n));
  for (const from of pods) {
    const [to] = pods.filter((one) => one !== from);
    assert.ok(to);
    for (const address of addressesOf(to)) await from.node.reach(from.pod.metadata.name, address);
  }
  for (const sandboxed of pods) {
    const { namespace, name } = sandboxed.pod.metadata;
    const deleted = await callShim("DEL", sandboxed);
    assert.equal(deleted.code, 0, deleted.stdout);
    stack.api.end(namespace, name);
    await stack.api.whenGone(namespace, name, AbortSignal.timeout(goneMs));
    assert.deepEqual(await sandboxed.node.ports(), []);
  }
  const { ports } = await readNb([central.nb]);
  assert.deepEqual(
    ports.filter(({ externalIds }) => externalIds.has("k8s.plugin.opnfv.org/allocation")),
    [],
  );
}

/** Asks the webhook for a pod, stores it on the machine of this number, and wires it. */
async function startPod({ reviewer, api, nodes }: TwoMachines, n: number): Promise<SandboxedPod> {
  const node = nodes[n];
  assert.ok(node);
  const annotations = request(...networks.map((network) => ({ name: network })));
  const manifest = podManifest({ name: `pod-${n}`, annotations });
  const answer = await reviewer.create(JSON.parse(JSON.stringify(manifest)) as JsonObject);
  assert.ok(answer.allowed, JSON.stringify(answer));
  const metadata = { ...answer.pod.metadata, namespace: "default", uid: randomUUID() };
  const pod = { ...answer.pod, metadata, spec: { nodeName: node.host.plan.name } };
  api.put(pod);
  await node.addNetns(metadata.name);
  const sandboxed = { pod, node };
  const added = await callShim("ADD", sandboxed);
  assert.equal(added.code, 0, added.stdout);
  return sandboxed;
}
