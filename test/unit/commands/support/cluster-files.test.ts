import assert from "node:assert/strict";
import { test } from "node:test";
import { addClusterFiles } from "#src/commands/support/cluster-files.ts";
import { FakeApiClient } from "#test/fakes/kube/fake-api-client.ts";

test("no Secret is ever asked for", async () => {
  const client = new FakeApiClient(() => ({ items: [] }));
  const written: string[] = [];
  const bundle = {
    add: async (file: string, read: () => Promise<unknown>) => {
      written.push(file);
      await read();
    },
  };
  await addClusterFiles(bundle, client, "ovn4nfv-system", {});
  assert.ok(client.requests.length >= 10);
  assert.deepEqual(
    client.requests.filter(({ path }) => path.includes("secret")),
    [],
  );
  assert.ok(written.includes("cluster/pods.yaml"));
});
