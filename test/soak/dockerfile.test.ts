// Builds deploy/Dockerfile, as somebody does who has a container tool, and runs what comes out.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { mustRun } from "#tools/process/command.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { debianSuite, ensureDebianBase } from "#tools/programs/debian-base.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { bundle, readBundle } from "#tools/build/bundle.ts";
import { productImageName } from "#tools/image/product-image.ts";
import { root } from "#tools/source-files.ts";
import packageJson from "../../package.json" with { type: "json" };

const names = { debian: `debian:${debianSuite}-slim`, node: `node:${process.versions.node}-${debianSuite}` };
const buildLimitMs = 15 * 60_000;

/** Buildah with images and layers in a folder of its own. It needs neither a daemon nor a runtime of containers. */
function buildahIn(folder: string): (...args: readonly string[]) => Promise<string> {
  const places = [`--root=${join(folder, "images")}`, `--runroot=${join(folder, "run")}`, "--storage-driver=vfs"];
  return async (...args) => (await mustRun("buildah", [...places, ...args], { timeoutMs: buildLimitMs })).trim();
}

/** The parts of the image `node` that the Dockerfile uses: a compiler, our Node, and npm with whom this machine trusts. */
async function writeNodeContext(folder: string): Promise<void> {
  mkdirSync(folder);
  // The command is a link to bin/npm-cli.js of the package.
  const command = await mustRun("sh", ["-c", 'readlink -f "$(command -v npm)"']);
  cpSync(dirname(dirname(command.trim())), join(folder, "npm"), { recursive: true });
  copyFileSync(process.execPath, join(folder, "node"));
  const trusted = process.env["NODE_EXTRA_CA_CERTS"];
  if (trusted !== undefined) copyFileSync(trusted, join(folder, "trusted.pem"));
  const lines = [
    `FROM docker.io/library/${names.debian}`,
    "RUN apt-get update -q && apt-get install -y -q --no-install-recommends ca-certificates gcc libc6-dev",
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    ...(trusted === undefined ? [] : ["COPY trusted.pem /trusted.pem", "ENV NODE_EXTRA_CA_CERTS=/trusted.pem"]),
  ];
  writeFileSync(join(folder, "Containerfile"), lines.join("\n"));
}

test("the Dockerfile makes an image that runs, with the bundle of npm run image", {
  skip: whyNotRoot() || whyProgramsAreMissing(["buildah", "debootstrap"]),
}, async () => {
  await ensurePrograms(["buildah"]);
  using folder = createTemporaryFolder("dockerfile");
  const buildah = buildahIn(folder.path);
  const build = (...args: readonly string[]) => buildah("build", "--isolation=chroot", "--pull-never", ...args);
  const digestOf = (name: string) =>
    buildah("images", "--digests", "--format={{.Digest}}", `docker.io/library/${name}`);

  const scratch = await buildah("from", "scratch");
  await buildah("add", "-q", scratch, await ensureDebianBase(), "/");
  await buildah("commit", "-q", "--rm", scratch, `docker.io/library/${names.debian}`);
  const context = join(folder.path, "node");
  await writeNodeContext(context);
  await build("-q", `--tag=docker.io/library/${names.node}`, context);

  await build(
    "-q",
    `--file=${root}/deploy/Dockerfile`,
    `--ignorefile=${root}/deploy/Dockerfile.dockerignore`,
    `--tag=${productImageName}`,
    `--build-arg=NODE_DIGEST=${await digestOf(names.node)}`,
    `--build-arg=DEBIAN_DIGEST=${await digestOf(names.debian)}`,
    `--volume=${homedir()}/.npm:/root/.npm`,
    root,
  );

  const image = await buildah("mount", await buildah("from", "--pull-never", productImageName));
  const inside = (...command: readonly string[]) =>
    mustRun("unshare", ["--setuid=65532", "--setgid=65532", "--root", image, ...command], { env: {} });
  const said = JSON.parse(await inside("/bin/ovn4nfv", "version", "-o", "json")) as readonly object[];
  assert.deepEqual(said, [{ ovn4nfv: packageJson.version, node: process.version }]);
  const askVersion = `echo '{"cniVersion":"1.0.0"}' | CNI_COMMAND=VERSION /opt/ovn4nfv/ovn4nfv-cni`;
  assert.match(await inside("/bin/sh", "-c", askVersion), /"supportedVersions"/);
  await bundle({ folder: join(folder.path, "product") });
  const [ours, theirs] = await Promise.all([join(folder.path, "product"), join(image, "opt/ovn4nfv")].map(readBundle));
  assert.deepEqual([...(theirs ?? [])], [...(ours ?? [])]);
  assert.match(await readFile(join(image, "opt/ovn4nfv/LICENSES.txt"), "utf8"), /Apache-2\.0/);
});
