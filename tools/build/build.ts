// `npm run build`: bundles the product, writes the licences of its parts beside it, and prints their sizes.
import { writeFile } from "node:fs/promises";
import { bundle, readBundle } from "./bundle.ts";
import { bundledPackages } from "./bundled-packages.ts";
import { printLicences } from "./licences.ts";
import { root } from "../source-files.ts";

const metafile = await bundle();
await writeFile(`${root}/dist/LICENSES.txt`, await printLicences(bundledPackages(metafile)));
const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(0)} KiB`;
const bySource = new Map<string, number>();
for (const [path, { bytesInOutput }] of inputs) {
  const owner = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "ours";
  bySource.set(owner, (bySource.get(owner) ?? 0) + bytesInOutput);
}
for (const [owner, bytes] of [...bySource].sort(([, a], [, b]) => b - a).slice(0, 8)) {
  console.log(`${kib(bytes).padStart(9)}  ${owner}`);
}
const files = [...(await readBundle()).values()];
const size = files.reduce((sum, { length }) => sum + length, 0);
console.log(
  `${kib(size).padStart(9)}  dist/product (${String(files.length)} files of ${String(inputs.length)} modules)`,
);
