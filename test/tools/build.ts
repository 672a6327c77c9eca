// `npm run build`: the product as one file for Node 24, dist/ovn4nfv.js, with its source map beside it.
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { root } from "./source-files.ts";

const outfile = "dist/ovn4nfv.js";

await mkdir(`${root}/dist`, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  sourcemap: "external",
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
  // Packages in CommonJS call require(); a module has none of its own.
  banner: {
    js: 'import { createRequire as createRequireOfModule } from "node:module"; const require = createRequireOfModule(import.meta.url);',
  },
});
await chmod(`${root}/${outfile}`, 0o755);
await writeFile(`${root}/dist/metafile.json`, JSON.stringify(metafile));

const inputs = Object.entries(metafile.outputs[outfile]?.inputs ?? {});
const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(0)} KiB`;
const bySource = new Map<string, number>();
for (const [path, { bytesInOutput }] of inputs) {
  const owner = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "ours";
  bySource.set(owner, (bySource.get(owner) ?? 0) + bytesInOutput);
}
for (const [owner, bytes] of [...bySource].sort(([, a], [, b]) => b - a).slice(0, 8)) {
  console.log(`${kib(bytes).padStart(9)}  ${owner}`);
}
const { size } = await stat(`${root}/${outfile}`);
console.log(`${kib(size).padStart(9)}  ${outfile} (${String(inputs.length)} modules)`);
