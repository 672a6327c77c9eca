import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { selectsOurs } from "#src/pods/demand/own-selections.ts";
import { AppError } from "#src/core/errors.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";

const definitions = namedDefinitions(["shop/blue-net"]);

function selecting(text: string) {
  return readPod({
    metadata: { namespace: "shop", name: "a", annotations: { [annotationKeys.multusNetworks.key]: text } },
  });
}

test("one selection of ours among others is enough, in the pod's namespace or a named one", async () => {
  assert.equal(await selectsOurs(selecting("macvlan,blue-net@uplink"), definitions, {}), true);
  assert.equal(await selectsOurs(selecting('[{"name":"blue-net","namespace":"shop"}]'), definitions, {}), true);
  assert.equal(await selectsOurs(selecting("other/blue-net"), definitions, {}), false);
});

test("an annotation that Multus cannot read selects nothing of ours, but a fault of the API server is no answer", async () => {
  assert.equal(await selectsOurs(selecting("["), definitions, {}), false);
  const details = { reason: "Unreachable", message: "gone" } as const;
  const down = () => Promise.reject(new AppError("KubeApiError", "gone", { details }));
  await assert.rejects(selectsOurs(selecting("blue-net"), down, {}), /gone/);
});
