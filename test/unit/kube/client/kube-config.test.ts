import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadKubeConfig, withTokenFiles } from "#src/kube/client/kube-config.ts";

const folder = mkdtempSync(join(tmpdir(), "kube-config-"));
after(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const two = file(
  "two",
  `apiVersion: v1
kind: Config
current-context: east
clusters: [{name: e, cluster: {server: "https://east"}}, {name: w, cluster: {server: "https://west"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: east, context: {cluster: e, user: u}}, {name: west, context: {cluster: w, user: u}}]
`,
);

test("the file's own context is taken unless another is named", () => {
  assert.equal(loadKubeConfig({ path: two }).getCurrentCluster()?.server, "https://east");
  assert.equal(loadKubeConfig({ path: two, context: "west" }).getCurrentCluster()?.server, "https://west");
});

test("an unknown context is refused with the names that exist", () => {
  assert.throws(() => loadKubeConfig({ path: two, context: "north" }), /"north".*east, west/);
});

test("a file that is missing or broken is named", () => {
  const missing = join(folder, "missing");
  assert.throws(() => loadKubeConfig({ path: missing }), { code: "ConfigInvalid", details: { path: missing } });
  const broken = file("broken", "clusters: {");
  assert.throws(() => loadKubeConfig({ path: broken }), { code: "ConfigInvalid", details: { path: broken } });
});

test("a user's token file is read, though client-node does not know it", async () => {
  file("token", "from-the-file");
  const config = loadKubeConfig({
    path: file(
      "filed",
      `clusters: [{name: c, cluster: {server: "https://c"}}]
users: [{name: u, user: {tokenFile: token}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`,
    ),
  });
  const options: { headers?: Record<string, string> } = {};
  await config.applyToHTTPSOptions(options);
  assert.equal(options.headers?.["Authorization"], "Bearer from-the-file");
});

const usersText = `users:
- {name: plain, user: {token: t}}
- {name: filed, user: {token: old, tokenFile: secrets/token}}
- {name: absolute, user: {tokenFile: /run/token}}
- {name: empty}
`;
const users = [{ name: "plain", token: "t" }, { name: "filed", token: "old" }, { name: "absolute" }, { name: "empty" }];

test("a token file takes the token's place, relative to the kubeconfig; other users stay as they are", () => {
  const provider = (tokenFile: string) => ({ name: "tokenFile", config: { tokenFile } });
  assert.deepEqual(withTokenFiles(users, "/etc/ovn4nfv/kubeconfig", usersText), [
    { name: "plain", token: "t" },
    { name: "filed", authProvider: provider("/etc/ovn4nfv/secrets/token") },
    { name: "absolute", authProvider: provider("/run/token") },
    { name: "empty" },
  ]);
});

test("a kubeconfig without users has none", () => {
  assert.deepEqual(withTokenFiles([], "/k", "apiVersion: v1"), []);
});

test("where no kubeconfig is found, the error says where it was looked for", (t) => {
  const { KUBECONFIG, HOME } = process.env;
  t.after(() => {
    for (const [name, value] of Object.entries({ KUBECONFIG, HOME })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
  Reflect.deleteProperty(process.env, "KUBECONFIG");
  process.env["HOME"] = folder;
  assert.throws(() => loadKubeConfig(), {
    code: "ConfigInvalid",
    message: /^no kubeconfig was found: .*--kubeconfig$/,
  });
});
