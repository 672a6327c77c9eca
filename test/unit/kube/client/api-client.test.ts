import assert from "node:assert/strict";
import { test } from "node:test";
import { requestTarget } from "#src/kube/client/api-client.ts";

test("query values are escaped and undefined ones left out", () => {
  const query = { labelSelector: "a=b,c", limit: 500, continue: undefined, watch: true };
  assert.equal(
    requestTarget({ path: "/api/v1/pods", query }),
    "/api/v1/pods?labelSelector=a%3Db%2Cc&limit=500&watch=true",
  );
});

test("no query leaves no question mark", () => {
  assert.equal(requestTarget({ path: "/readyz", query: { a: undefined } }), "/readyz");
});
