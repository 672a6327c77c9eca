import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { rightsManifests, userNameOf } from "#lab/kubernetes/identities.ts";
import { grantedRights, type Right, usedRights } from "#lab/kubernetes/rights.ts";
import { type RareRightsTest, rareRights, type RightsHolder } from "#test/fixtures/kube/rare-rights.ts";

/** Each of these is no call of its own: the guard asks for it when the other one is used. */
const asked: ReadonlyMap<Right, Right> = new Map([["manage k8s.plugin.opnfv.org/allocations", "patch /pods/status"]]);

/** Asserts that a process has used every right that its manifests give except the rare ones, and no other. */
export async function assertRights(plane: ControlPlane, name: RightsHolder): Promise<void> {
  const granted = grantedRights(rightsManifests[name]);
  const rare = new Set(Object.values(rareRights).flatMap((rights) => rightsOf(rights, name)));
  await assertUsed(
    plane,
    name,
    [...granted].filter((right) => !rare.has(right)),
  );
  const excused = [...rare].filter((right) => !granted.has(right));
  assert.deepEqual(excused, [], "rare, but not granted");
}

/** Asserts that the processes used those of the rare rights that this test is there for. */
export async function assertRareRights(plane: ControlPlane, test: RareRightsTest): Promise<void> {
  for (const name of Object.keys(rareRights[test]) as RightsHolder[])
    await assertUsed(plane, name, rightsOf(rareRights[test], name));
}

function rightsOf(rights: Partial<Readonly<Record<RightsHolder, readonly Right[]>>>, name: RightsHolder) {
  return rights[name] ?? [];
}

async function assertUsed(plane: ControlPlane, name: RightsHolder, wanted: readonly Right[]): Promise<void> {
  const granted = grantedRights(rightsManifests[name]);
  const used = () => usedRights(join(plane.folder, "audit.log"), userNameOf(name), granted);
  const unused = (): readonly Right[] => {
    const { allowed } = used();
    const isUsed = (right: Right) =>
      // Servers that do not stream the first list with the watch get a request for it.
      allowed.has(right) || allowed.has(right.replace(/^list /, "watch ")) || allowed.has(asked.get(right) ?? "");
    return wanted.filter((right) => !isUsed(right));
  };
  // The audit log gets a call when the call has ended, which may be after its answer.
  const limitMs = systemClock.monotonicMs() + 30_000;
  while (unused().length > 0 && systemClock.monotonicMs() < limitMs) await systemClock.sleep(500);
  assert.deepEqual(unused(), [], `${name} may do it, and did not`);
  const { allowed, forbidden } = used();
  // The API server learns of a new binding a moment after it has stored it.
  const refused = [...forbidden].filter((right) => !allowed.has(right));
  assert.deepEqual(refused, [], `${name} tried it, and may not`);
}
