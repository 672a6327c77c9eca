// `npm run release`: twice from the same commit, and what a user does with the files.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { mustRun, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import packageJson from "../../package.json" with { type: "json" };

const { version } = packageJson;
const release = (args: readonly string[]) =>
  mustRun(process.execPath, ["tools/start.mjs", "release", ...args], { cwd: root, timeoutMs: 1_200_000 });

describe("a release", () => {
  const folder = createTemporaryFolder("release");
  const [first, second] = ["first", "second"].map((name) => join(folder.path, name)) as [string, string];
  const sumsOf = (path: string) => readFileSync(join(path, "SHA256SUMS"), "utf8");

  before(async () => {
    await release([first]);
    await release([second]);
  });
  after(() => {
    folder.remove();
  });

  it("has the same bytes twice", () => {
    assert.equal(sumsOf(first), sumsOf(second));
  });

  it("has digests that sha256sum finds right, of all its files", async () => {
    const checked = await mustRun("sha256sum", ["--check", "SHA256SUMS"], { cwd: first });
    const names = readdirSync(first).filter((name) => name !== "SHA256SUMS");
    assert.deepEqual(checked.trim().split("\n").sort(), names.map((name) => `${name}: OK`).sort());
    assert.deepEqual(names.sort(), [
      "LICENSE",
      "LICENSES.txt",
      "RELEASE_NOTES.md",
      `kubectl-ovn4nfv-${version}.tar.gz`,
      `ovn4nfv-${version}-command.tgz`,
      `ovn4nfv-${version}-deploy.tar.gz`,
      `ovn4nfv-${version}-image-linux-amd64.cdx.json`,
      `ovn4nfv-${version}-image-linux-amd64.tar`,
      `ovn4nfv-${version}-install.yaml`,
      `ovn4nfv-${version}.tgz`,
      "ovn4nfv.yaml",
      "ovsdb-client-0.1.0.tgz",
    ]);
  });

  it("names its image by the digest of the archive in the manifest of an installation", async () => {
    const index = await mustRun("tar", ["xOf", `ovn4nfv-${version}-image-linux-amd64.tar`, "index.json"], {
      cwd: first,
    });
    const { manifests } = JSON.parse(index) as { readonly manifests: readonly { readonly digest: string }[] };
    const installation = readFileSync(join(first, `ovn4nfv-${version}-install.yaml`), "utf8");
    assert.match(installation, new RegExp(`image: ovn4nfv:${version}@${manifests[0]?.digest ?? "none"}`));
  });

  it("has the command as a package that runs as it is, and the manifests", async () => {
    await mustRun("tar", ["xzf", join(first, `ovn4nfv-${version}-command.tgz`), "-C", folder.path]);
    const command = [join(folder.path, "package/tools/ovn4nfv.mjs"), "version"];
    assert.match(await mustRun(process.execPath, command, { cwd: "/" }), new RegExp(version));
    await mustRun("tar", ["xzf", join(first, `ovn4nfv-${version}-deploy.tar.gz`), "-C", folder.path]);
    const overlay = readFileSync(join(folder.path, "ovn4nfv/deploy/overlays/self-signed/kustomization.yaml"), "utf8");
    assert.match(overlay, /kind: Kustomization/);
  });

  it("has the OVSDB client with its code", async () => {
    const client = join(folder.path, "client");
    mkdirSync(client);
    await mustRun("tar", ["xzf", join(first, "ovsdb-client-0.1.0.tgz"), "-C", client]);
    const entry = pathToFileURL(join(client, "package/dist/ovsdb-client.js")).href;
    assert.equal(typeof ((await import(entry)) as { readonly OvsdbClient?: unknown }).OvsdbClient, "function");
  });

  it("has a plugin that runs, and a manifest of krew with its digest", async () => {
    const plugin = join(folder.path, "plugin");
    mkdirSync(plugin);
    const archive = join(first, `kubectl-ovn4nfv-${version}.tar.gz`);
    await mustRun("tar", ["xzf", archive, "-C", plugin]);
    // Without a command beside it, this one says what it needs.
    const said = await runCommand("sh", [join(plugin, "kubectl-ovn4nfv"), "support-bundle"], { env: { PATH: "/bin" } });
    assert.match(said.stderr, /kubectl ovn4nfv: support-bundle writes a folder/);
    const [sum = "none"] = (await mustRun("sha256sum", [archive])).split(" ");
    assert.ok(readFileSync(join(first, "ovn4nfv.yaml"), "utf8").includes(`sha256: ${sum}`));
  });

  it("is refused into a folder that is there", async () => {
    const { code, stderr } = await runCommand(process.execPath, ["tools/start.mjs", "release", first], { cwd: root });
    assert.deepEqual([code, stderr.trim()], [1, `${first} is there already: name a folder that is not`]);
  });
});
