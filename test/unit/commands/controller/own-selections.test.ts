import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { ownSelections } from "#src/commands/controller/own-selections.ts";
import { AppError } from "#src/core/errors.ts";
import { namedDefinitions } from "#webhooks/pod/stored-definitions.ts";

const selectsOurs = ownSelections(namedDefinitions(["shop/blue-net"]));

function selecting(text: string) {
  return readPod({
    metadata: { namespace: "shop", name: "a", annotations: { [annotationKeys.multusNetworks.key]: text } },
  });
}

test("one selection of ours among others is enough, in the pod's namespace or a named one", async () => {
  assert.equal(await selectsOurs(selecting("macvlan,blue-net@uplink"), {}), true);
  assert.equal(await selectsOurs(selecting('[{"name":"blue-net","namespace":"shop"}]'), {}), true);
  assert.equal(await selectsOurs(selecting("other/blue-net"), {}), false);
});

test("an annotation that Multus cannot read selects nothing of ours, but a fault of the API server is no answer", async () => {
  assert.equal(await selectsOurs(selecting("["), {}), false);
  const down = ownSelections(() =>
    Promise.reject(new AppError("KubeApiError", "gone", { details: { reason: "Unreachable", message: "gone" } })),
  );
  await assert.rejects(down(selecting("blue-net"), {}), /gone/);
});
