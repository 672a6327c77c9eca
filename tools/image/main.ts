// `npm run image [-- FILE]`: the product's container image as an archive for `docker load` or `ctr images import`. Beside it
// are the list of its parts (SBOM), and the manifest of an installation that names the image by its digest.
// `npm run image -- ovn [FILE]`: the image of OVN and Open vSwitch for clusters that have none, and the list of its packages; with
// `--renew` they are locked anew before.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installManifestPath } from "../manifest/install-manifest-text.ts";
import { root } from "../source-files.ts";
import { renewedLock } from "./locked-packages.ts";
import { nameByDigest } from "./name-by-digest.ts";
import { buildOvnImage, ovnImageName } from "./ovn-image.ts";
import { printOvnSbom } from "./ovn-sbom.ts";
import { packageLockFile, printPackageLock, readPackageLock } from "./package-lock.ts";
import { buildProductImage, productImageName } from "./product-image.ts";

const { values, positionals } = parseArgs({ options: { renew: { type: "boolean" } }, allowPositionals: true });
const isOvn = positionals[0] === "ovn";
const given = positionals[isOvn ? 1 : 0];
const usual = isOvn ? "ovn4nfv-ovn-image.tar" : "ovn4nfv-image.tar";
const path = given === undefined ? `${root}/dist/${usual}` : resolve(process.env["INIT_CWD"] ?? ".", given);
await mkdir(dirname(path), { recursive: true });
if (isOvn) await writeOvnImage();
else await writeProductImage();

async function writeOvnImage(): Promise<void> {
  if (values.renew === true) {
    await writeFile(packageLockFile, printPackageLock(await renewedLock()));
    console.log(packageLockFile);
  }
  const lock = readPackageLock();
  const { archive, digest } = await buildOvnImage(lock);
  const list = `${path.replace(/\.tar$/, "")}.cdx.json`;
  await writeFile(path, archive);
  await writeFile(list, printOvnSbom(lock));
  say(ovnImageName(lock), archive, digest);
  for (const written of [path, list]) console.log(written);
}

async function writeProductImage(): Promise<void> {
  const { archive, digest, sbom } = await buildProductImage();
  const manifest = nameByDigest(await readFile(`${root}/${installManifestPath}`, "utf8"), productImageName, digest);
  const base = path.replace(/\.tar$/, "");
  await writeFile(path, archive);
  await writeFile(`${base}.cdx.json`, sbom);
  await writeFile(`${base}-install.yaml`, manifest);
  say(productImageName, archive, digest);
  for (const written of [path, `${base}.cdx.json`, `${base}-install.yaml`]) console.log(written);
}

function say(name: string, archive: Buffer, digest: string): void {
  console.log(`${name} ${(archive.length / 2 ** 20).toFixed(0)} MiB ${digest}`);
}
