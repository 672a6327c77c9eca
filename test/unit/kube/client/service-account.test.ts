import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceAccount } from "#src/kube/client/service-account.ts";

const home = mkdtempSync(join(tmpdir(), "service-account-"));
after(() => {
  rmSync(home, { recursive: true });
});
const folder = join(home, "mounted");
mkdirSync(folder);
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
};
write("token", "first\n");
write("ca.crt", "authority");
const env = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
const pod = { env, home, folder };

test("in a pod the API server and the token are those of its account, and a renewed token is taken", async () => {
  const access = serviceAccount(pod);
  assert.ok(access !== undefined);
  assert.deepEqual(access.getCurrentCluster(), { server: "https://10.96.0.1:443" });
  const read = async () => {
    const options: RequestOptions = { headers: { accept: "x" } };
    await access.applyToHTTPSOptions(options);
    return { ca: String(options.ca), headers: options.headers };
  };
  assert.deepEqual(await read(), { ca: "authority", headers: { accept: "x", Authorization: "Bearer first" } });
  write("token", "second");
  assert.deepEqual((await read()).headers, { accept: "x", Authorization: "Bearer second" });
});

test("an API server with an IPv6 address stands in brackets", () => {
  const access = serviceAccount({ ...pod, env: { ...env, KUBERNETES_SERVICE_HOST: "fd00::1" } });
  assert.equal(access?.getCurrentCluster()?.server, "https://[fd00::1]:443");
});

test("outside of a pod, and without a token, there is no account", () => {
  assert.equal(serviceAccount({ ...pod, env: {} }), undefined);
  assert.equal(serviceAccount({ ...pod, folder: join(home, "none") }), undefined);
});

test("a kubeconfig counts for more than the account", () => {
  assert.equal(serviceAccount({ ...pod, env: { ...env, KUBECONFIG: "/some/file" } }), undefined);
  const other = join(home, "other");
  mkdirSync(join(other, ".kube"), { recursive: true });
  writeFileSync(join(other, ".kube/config"), "");
  assert.equal(serviceAccount({ ...pod, home: other }), undefined);
});
