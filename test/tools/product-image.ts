// The product's container image, put together without a container tool: what deploy/Dockerfile builds the ordinary way.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileShim } from "#cni/shim/compile.ts";
import { writeImage } from "#test/lab/image.ts";
import { findProgram } from "#test/lab/packages.ts";
import type { TarEntry } from "#test/lab/tar.ts";
import packageJson from "../../package.json" with { type: "json" };
import { bundle, bundleFile } from "./bundle.ts";
import { foldersOf, programFiles } from "./program-files.ts";
import { root } from "./source-files.ts";

export const productImageName = `ovn4nfv:${packageJson.version}`;

/** Everybody's; distroless images have the same number for it. */
const user = 65_532;
const product = "opt/ovn4nfv/ovn4nfv.js";
const shim = "opt/ovn4nfv/ovn4nfv-cni";
/** What the agent runs on the node's network; deploy/Dockerfile has the packages of these. */
const nodePrograms = ["ethtool", "ip", "nsenter", "sh"] as const;

const texts: Readonly<Record<string, string>> = {
  "etc/group": `root:x:0:\novn4nfv:x:${user}:\n`,
  "etc/passwd": `root:x:0:0:root:/:/bin/sh\novn4nfv:x:${user}:${user}:ovn4nfv:/:/bin/sh\n`,
};

/** Bundles the product, compiles the shim, and resolves with the image's archive: equal input gives equal bytes. */
export async function buildProductImage(): Promise<Buffer> {
  await bundle();
  const programs = new Map([["bin/node", process.execPath]]);
  for (const name of nodePrograms) programs.set(`bin/${name}`, findProgram(name) ?? name);
  const own = [
    file("bin/ovn4nfv", await readFile(join(root, "deploy/ovn4nfv.sh")), true),
    file(shim, await compiledShim(), true),
    file(product, await readFile(join(root, bundleFile))),
    ...Object.entries(texts).map(([path, text]) => file(path, Buffer.from(text))),
    // Namespaces of pods are named by it.
    { kind: "link", path: "var/run", target: "/run" } as const,
  ];
  const folders = foldersOf([...own.map(({ path }) => path), "run/ovn4nfv"]);
  return writeImage({
    name: productImageName,
    files: [...folders, ...(await programFiles(programs)), ...own],
    entrypoint: ["/bin/ovn4nfv"],
    command: ["--help"],
    env: ["PATH=/bin", "NODE_ENV=production"],
    user: `${user}:${user}`,
  });
}

function file(path: string, content: Buffer, executable = false): TarEntry {
  return { kind: "file", path, content, executable };
}

async function compiledShim(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "ovn4nfv-shim-"));
  try {
    const path = join(folder, "ovn4nfv-cni");
    await compileShim(path);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
