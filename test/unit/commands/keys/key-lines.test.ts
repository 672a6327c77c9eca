import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { ephemeralTokenKey } from "#src/tokens/token.ts";
import { keyLines } from "#src/commands/keys/key-lines.ts";

test("every key has one line: what signs, what will, what is still verified, and what nobody can verify", () => {
  const privateKey = ephemeralTokenKey();
  const publicKey = createPublicKey(privateKey);
  const keys = new Map([
    ["later", { privateKey, createdAtMs: undefined }],
    ["now", { privateKey, createdAtMs: 0 }],
  ]);
  const published = new Map(["old", "now", "later"].map((kid) => [kid, publicKey]));
  const stored = { secret: undefined, configMap: undefined, ring: { signing: "now", keys }, published };
  const lines = keyLines(
    stored,
    new Map([
      ["old", ["a/b"]],
      ["gone", ["a/c"]],
    ]),
  );
  assert.deepEqual(lines, [
    { kid: "now", state: "signing", created: "1970-01-01T00:00:00.000Z", pods: [] },
    { kid: "later", state: "next", created: undefined, pods: [] },
    { kid: "old", state: "verifying", created: undefined, pods: ["a/b"] },
    { kid: "gone", state: "missing", created: undefined, pods: ["a/c"] },
  ]);
});
