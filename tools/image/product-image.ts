// Makes the product's container image without a container tool. deploy/Dockerfile is the ordinary way to the same image.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileProgram } from "#cni/compile.ts";
import { type Image, writeImage } from "./image.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { findProgram } from "../programs/packages.ts";
import type { TarEntry } from "./tar.ts";
import packageJson from "../../package.json" with { type: "json" };
import { bundledPackages } from "../build/bundled-packages.ts";
import { bundle, readBundle, startedFile } from "../build/bundle.ts";
import type { SourceChange } from "../build/changed-sources.ts";
import { printLicences } from "../build/licences.ts";
import { machineLicences } from "./machine-licences.ts";
import { printSbom, readParts, readSbom } from "./sbom.ts";
import { foldersOf, programFiles } from "./program-files.ts";
import { root } from "../source-files.ts";

export const productImageName = `ovn4nfv:${packageJson.version}`;

/** The user without rights. Distroless images use the same number for it. */
const user = 65_532;
const product = "opt/ovn4nfv";
const ownPrograms = ["ovn4nfv-cni", "ovn4nfv-netlink"] as const;

const texts: Readonly<Record<string, string>> = {
  "etc/group": `root:x:0:\novn4nfv:x:${user}:\n`,
  "etc/passwd": `root:x:0:0:root:/:/bin/sh\novn4nfv:x:${user}:${user}:ovn4nfv:/:/bin/sh\n`,
};

export interface ProductImage extends Image {
  /** The list of what is in the image, in the CycloneDX format. */
  readonly sbom: string;
  /** The licences of what is in the image, as one text. */
  readonly licences: string;
}

export interface OtherBuild {
  readonly name: string;
  readonly changes: readonly SourceChange[];
  /** The folder for the bundle. */
  readonly folder: string;
}

/**
 * Bundles the product, compiles the programs in C, and resolves with the image: equal input gives equal bytes. A test
 * of upgrades makes another build of the same tree.
 */
export async function buildProductImage(other?: OtherBuild): Promise<ProductImage> {
  // Each run makes the folder of the bundle anew.
  using _lock = await MachineLock.acquire(`bundle${root}`);
  const packages = bundledPackages(await bundle(other));
  const parts = await readBundle(other?.folder);
  const node = "bin/node";
  const programs = new Map([
    [node, process.execPath],
    // The shell runs bin/ovn4nfv, which is a script.
    ["bin/sh", findProgram("sh") ?? "sh"],
  ]);
  const others = await programFiles(programs);
  // Node is a package of npm, and stands among the parts.
  const unpackaged = others.flatMap((entry) =>
    entry.kind === "file" && entry.path !== node ? [[entry.path, entry.content] as const] : [],
  );
  const origins = unpackaged.map(([path]) => programs.get(path) ?? `/${path}`);
  const licences = `${await printLicences(packages)}\n${await machineLicences(origins)}`;
  const own = [
    file("bin/ovn4nfv", await readFile(join(root, "deploy/ovn4nfv.sh")), true),
    ...(await compiledPrograms()),
    ...[...parts].map(([path, content]) => file(`${product}/${path}`, content, path === startedFile)),
    file(`${product}/LICENSES.txt`, Buffer.from(licences)),
    ...Object.entries(texts).map(([path, text]) => file(path, Buffer.from(text))),
    // Paths of pods' namespaces begin with it.
    { kind: "link", path: "var/run", target: "/run" } as const,
  ];
  const folders = foldersOf([...own.map(({ path }) => path), "run/ovn4nfv"]);
  const image = writeImage({
    name: other?.name ?? productImageName,
    files: [...folders, ...others, ...own],
    entrypoint: ["/bin/ovn4nfv"],
    command: ["--help"],
    env: ["PATH=/bin", "NODE_ENV=production"],
    user: `${user}:${user}`,
  });
  const sbom = printSbom(await readSbom(), await readParts(packages), new Map(unpackaged));
  return { ...image, sbom, licences };
}

function file(path: string, content: Buffer, executable = false): TarEntry {
  return { kind: "file", path, content, executable };
}

async function compiledPrograms(): Promise<readonly TarEntry[]> {
  const folder = await mkdtemp(join(tmpdir(), "ovn4nfv-programs-"));
  const compiled = async (name: (typeof ownPrograms)[number]): Promise<TarEntry> =>
    file(`opt/ovn4nfv/${name}`, await readFile(await compileProgram(name, folder)), true);
  try {
    return await Promise.all(ownPrograms.map(compiled));
  } finally {
    await rm(folder, { recursive: true });
  }
}
