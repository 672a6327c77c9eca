import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequest } from "#src/commands/admit/create-request.ts";

test("the request is a CREATE of the pod by the user who is named, each with an id of its own", () => {
  const pod = { metadata: { name: "web" } };
  const options = { namespace: "default", name: "web", username: "me", dryRun: true };
  const { uid, operation, object, userInfo, dryRun, namespace } = createRequest(pod, options);
  assert.deepEqual([operation, object, userInfo.username, dryRun, namespace], ["CREATE", pod, "me", true, "default"]);
  assert.notEqual(createRequest(pod, options).uid, uid);
});
