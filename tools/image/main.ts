// `npm run image [-- FILE]`: the product's container image as an archive for `docker load` or `ctr images import`.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { buildProductImage, productImageName } from "./product-image.ts";
import { root } from "../source-files.ts";

const [given] = process.argv.slice(2);
const path = given === undefined ? `${root}/dist/ovn4nfv-image.tar` : resolve(process.env["INIT_CWD"] ?? ".", given);
const archive = await buildProductImage();
await mkdir(dirname(path), { recursive: true });
await writeFile(path, archive);
const digest = createHash("sha256").update(archive).digest("hex");
console.log(`${productImageName} ${(archive.length / 2 ** 20).toFixed(0)} MiB sha256:${digest}\n${path}`);
