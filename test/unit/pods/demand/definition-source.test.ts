import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";

test("where no cluster is asked a definition is ours by its name", async () => {
  const ours = await namedDefinitions(["kube-system/ovn4nfv"])(parseSelections("a", "shop"), {});
  assert.deepEqual([...ours], [["kube-system/ovn4nfv", { network: undefined }]]);
});
