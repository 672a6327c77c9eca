import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { mustRun } from "#tools/process/command.ts";
import { whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { buildProductImage, productImageName } from "#tools/image/product-image.ts";
import { root } from "#tools/source-files.ts";

interface ImageConfig {
  readonly config: { readonly User: string; readonly Entrypoint: readonly string[]; readonly Cmd: readonly string[] };
}

describe("the product's image", { skip: whyProgramsAreMissing(["cc", "sh"]) }, () => {
  const folder = createTemporaryFolder("image");
  const unpacked = join(folder.path, "root");
  let archive: Buffer;
  let config: ImageConfig["config"];

  before(async () => {
    archive = await buildProductImage();
    writeFileSync(join(folder.path, "image.tar"), archive);
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
    assert.ok(archive.equals(await buildProductImage()));
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
    const own = ["ovn4nfv.js", "ovn4nfv-cni", "ovn4nfv-netlink"].map((name) => `/opt/ovn4nfv/${name}`);
    for (const path of ["/bin/node", "/bin/ovn4nfv", ...own]) {
      assert.match(dockerfile, new RegExp(`^COPY .* ${path}$`, "m"));
      assert.ok(readFileSync(join(unpacked, path)).length > 0);
    }
  });
});
