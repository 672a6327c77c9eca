// `npm run image [-- FILE]`: the product's container image as an archive for `docker load` or `ctr images import`. Beside it
// are the list of its parts (SBOM), and the manifest of an installation that names the image by its digest.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { installManifestPath } from "../manifest/install-manifest-text.ts";
import { root } from "../source-files.ts";
import { nameByDigest } from "./name-by-digest.ts";
import { buildProductImage, productImageName } from "./product-image.ts";

const [given] = process.argv.slice(2);
const path = given === undefined ? `${root}/dist/ovn4nfv-image.tar` : resolve(process.env["INIT_CWD"] ?? ".", given);
const { archive, digest, sbom } = await buildProductImage();
const manifest = nameByDigest(await readFile(`${root}/${installManifestPath}`, "utf8"), productImageName, digest);
const base = path.replace(/\.tar$/, "");
await mkdir(dirname(path), { recursive: true });
await writeFile(path, archive);
await writeFile(`${base}.cdx.json`, sbom);
await writeFile(`${base}-install.yaml`, manifest);
console.log(`${productImageName} ${(archive.length / 2 ** 20).toFixed(0)} MiB ${digest}`);
for (const written of [path, `${base}.cdx.json`, `${base}-install.yaml`]) console.log(written);
