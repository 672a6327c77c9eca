import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTokenPublicKeys } from "#src/commands/token-public-keys.ts";

test("whoever releases addresses is given a key, and one that can be read", async () => {
  await assert.rejects(loadTokenPublicKeys([]), { code: "ConfigInvalid", message: /--token-public-key-files/ });
  await assert.rejects(loadTokenPublicKeys(["/nowhere/token.pub"]), { code: "ConfigInvalid", message: /token\.pub/ });
});
