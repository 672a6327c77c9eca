import assert from "node:assert/strict";
import { test } from "node:test";
import { withTokenFiles } from "#src/kube/client/token-file.ts";

const text = `users:
- {name: plain, user: {token: t}}
- {name: filed, user: {token: old, tokenFile: secrets/token}}
- {name: absolute, user: {tokenFile: /run/token}}
- {name: empty}
`;
const users = [{ name: "plain", token: "t" }, { name: "filed", token: "old" }, { name: "absolute" }, { name: "empty" }];

test("a token file takes the token's place, relative to the kubeconfig; other users stay as they are", () => {
  const provider = (tokenFile: string) => ({ name: "tokenFile", config: { tokenFile } });
  assert.deepEqual(withTokenFiles(users, "/etc/ovn4nfv/kubeconfig", text), [
    { name: "plain", token: "t" },
    { name: "filed", authProvider: provider("/etc/ovn4nfv/secrets/token") },
    { name: "absolute", authProvider: provider("/run/token") },
    { name: "empty" },
  ]);
});

test("a kubeconfig without users has none", () => {
  assert.deepEqual(withTokenFiles([], "/k", "apiVersion: v1"), []);
});
