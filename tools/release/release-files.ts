// Makes the files of a release from this tree: equal trees give equal bytes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle } from "../build/bundle.ts";
import { chartFiles } from "../chart/chart-files.ts";
import { packChart } from "../chart/chart-archive.ts";
import { nameByDigest } from "../image/name-by-digest.ts";
import { buildOvnImage } from "../image/ovn-image.ts";
import { printOvnSbom } from "../image/ovn-sbom.ts";
import { readPackageLock } from "../image/package-lock.ts";
import { buildProductImage, productImageName } from "../image/product-image.ts";
import { writeTar } from "../image/tar.ts";
import { installManifestPath } from "../manifest/install-manifest-text.ts";
import { mustRun } from "../process/command.ts";
import type { Progress } from "../process/progress.ts";
import { createTemporaryFolder } from "../process/temporary-folder.ts";
import { root } from "../source-files.ts";
import packageJson from "../../package.json" with { type: "json" };
import { releasedSections } from "./changelog.ts";
import { sha256, sums } from "./checksums.ts";
import { krewManifest } from "./krew-manifest.ts";

const { name, version } = packageJson;
const plugin = ["kubectl-ovn4nfv", "kubectl_complete-ovn4nfv"];

/**
 * The files of the release by their names. `url` is the folder on the web where they will be, which only the manifest for krew
 * names.
 */
export async function releaseFiles(url: string, progress: Progress): Promise<ReadonlyMap<string, Buffer>> {
  const image = await progress.during("image", () => buildProductImage());
  const chart = packChart(await progress.during("chart", () => chartFiles()));
  const client = await progress.during("ovsdb-client", () => packClient());
  const command = await progress.during("command", () => packCommand());
  const pluginFile = `kubectl-${name}-${version}.tar.gz`;
  const pluginArchive = await packPlugin();
  const manifest = nameByDigest(await text(installManifestPath), productImageName, image.digest);
  const notes = releasedSections(await text("CHANGELOG.md"))[0]?.text ?? "";
  const files = new Map<string, Buffer>([
    [`${name}-${version}-image-${architecture()}.tar`, image.archive],
    [`${name}-${version}-image-${architecture()}.cdx.json`, Buffer.from(image.sbom)],
    ...(await progress.during("image of OVN", () => ovnImage())),
    [`${name}-${version}-install.yaml`, Buffer.from(manifest)],
    [chart.fileName, chart.bytes],
    [pluginFile, pluginArchive],
    // Krew wants the manifest to be named after the plugin.
    [`${name}.yaml`, Buffer.from(krewManifest(version, `${url}/${pluginFile}`, sha256(pluginArchive)))],
    ...client,
    [`${name}-${version}-command.tgz`, command],
    [`${name}-${version}-deploy.tar.gz`, await packDeploy()],
    ["LICENSE", Buffer.from(await text("LICENSE"))],
    ["SECURITY.md", Buffer.from(await text("SECURITY.md"))],
    ["LICENSES.txt", Buffer.from(image.licences)],
    ["RELEASE_NOTES.md", Buffer.from(`# ${name} ${version}\n\n${notes}\n`)],
  ]);
  return new Map([...files, ["SHA256SUMS", Buffer.from(sums(files))]]);
}

function architecture(): string {
  return process.arch === "x64" ? "linux-amd64" : `linux-${process.arch}`;
}

/** The image of OVN, which is for one architecture. The licences of its packages are in it. */
async function ovnImage(): Promise<ReadonlyMap<string, Buffer>> {
  const lock = readPackageLock();
  const base = `${name}-${version}-ovn-image-linux-${lock.architecture}`;
  const { archive } = await buildOvnImage(lock);
  return new Map([
    [`${base}.tar`, archive],
    [`${base}.cdx.json`, Buffer.from(printOvnSbom(lock))],
  ]);
}

function text(path: string): Promise<string> {
  return readFile(join(root, path), "utf8");
}

/** The package of the OVSDB client. Its own scripts build it first, which .npmrc forbids to all others. */
function packClient(): Promise<ReadonlyMap<string, Buffer>> {
  return npmPack("--workspace=ovsdb-client", "--ignore-scripts=false", "--foreground-scripts=false");
}

/** The tarball of a package by its name, as npm makes it for its registry. */
async function npmPack(...options: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  using folder = createTemporaryFolder("release-package");
  const args = ["pack", ...options, `--pack-destination=${folder.path}`, "--json"];
  const packed = JSON.parse(await mustRun("npm", args, { cwd: root })) as unknown;
  const [{ filename = "" } = {}] = Object.values(packed as object) as { readonly filename?: string }[];
  return new Map([[filename, await readFile(join(folder.path, filename))]]);
}

/** The package with the command. npm would give it the name of the chart. It runs no script of ours that makes the bundle. */
async function packCommand(): Promise<Buffer> {
  await bundle();
  const [packed] = (await npmPack()).values();
  if (packed === undefined) throw new Error("npm pack made no package of the command");
  return packed;
}

/** The manifests, in the folder that the overlays of docs/install.md name. */
async function packDeploy(): Promise<Buffer> {
  const listed = await mustRun("git", ["ls-files", "-z", "deploy"], { cwd: root });
  const paths = listed.split("\0").filter(Boolean).sort();
  const files = paths.map(async (path) => {
    const content = await readFile(join(root, path));
    const executable = content.subarray(0, 2).toString() === "#!";
    return { kind: "file", path: `${name}/${path}`, content, executable } as const;
  });
  return gzipSync(writeTar(await Promise.all(files)));
}

async function packPlugin(): Promise<Buffer> {
  const scripts = plugin.map(async (path) => {
    const content = Buffer.from(await text(`deploy/plugin/${path}`));
    return { kind: "file", path, content, executable: true } as const;
  });
  const licence = { kind: "file", path: "LICENSE", content: Buffer.from(await text("LICENSE")) } as const;
  return gzipSync(writeTar([...(await Promise.all(scripts)), licence]));
}
