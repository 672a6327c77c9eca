import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { hintAtNames, hintAtNamespace } from "#src/commands/inspect/misspelt.ts";
import { AppError } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";

const read = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? "");

test("a name that is nearly that of a pod is told of, and one that is near to none is not", () => {
  const stderr = new PassThrough();
  hintAtNames({ stderr }, "pod", ["web-O", "shop/web-0", "nothing"], [{ namespace: "shop", name: "web-0" }]);
  assert.equal(read(stderr), "ovn4nfv: no pod is called web-O; did you mean web-0?\n");
});

test("a namespace that is not there is told of where the user may list them", async () => {
  const stderr = new PassThrough();
  const items = ["default", "shop"].map((name) => ({ metadata: { name, uid: name, resourceVersion: "1" } }));
  const request = () => Promise.resolve({ metadata: { resourceVersion: "1" }, items });
  const client = { request } as unknown as ApiClient;
  await hintAtNamespace({ stderr }, client, "defalt", {});
  assert.equal(read(stderr), "ovn4nfv: there is no namespace defalt; did you mean default?\n");
  await hintAtNamespace({ stderr }, client, "default", {});
  await hintAtNamespace({ stderr }, client, undefined, {});
  const refusing = { request: () => Promise.reject(new AppError("NotConnected", "no")) } as unknown as ApiClient;
  await hintAtNamespace({ stderr }, refusing, "defalt", {});
  assert.equal(read(stderr), "");
});
