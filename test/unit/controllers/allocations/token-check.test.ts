import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkToken } from "#src/controllers/allocations/token-check.ts";
import { keys, labelledPod, tokenFor } from "./pods.ts";

describe("checkToken", () => {
  it("takes the token that was made for the pod", async () => {
    assert.equal(await checkToken(labelledPod({ token: tokenFor("web") }), keys), "valid");
  });

  it("calls the token of another pod forged, and what is no token", async () => {
    assert.equal(await checkToken(labelledPod({ token: tokenFor("db") }), keys), "forged");
    for (const token of ["", "dry-run", "a.b.c"])
      assert.equal(await checkToken(labelledPod({ token }), keys), "forged");
  });

  it("does not call a token forged whose key it was not given", async () => {
    assert.equal(await checkToken(labelledPod({ token: tokenFor("web") }), new Map()), "unknown key");
  });
});
