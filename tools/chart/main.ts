// `npm run chart [-- FOLDER]`: the Helm chart, as a folder and as the archive that `helm install` takes.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "yaml";
import { writeTar } from "../image/tar.ts";
import { stderrProgress } from "../process/progress.ts";
import { root } from "../source-files.ts";
import { chartFiles } from "./chart-files.ts";

const [given] = process.argv.slice(2);
const folder = given === undefined ? `${root}/dist/chart` : resolve(process.env["INIT_CWD"] ?? ".", given);
const progress = stderrProgress();
const files = await progress.during("chart", () => chartFiles());
const { name, version } = parse(files.get("Chart.yaml") ?? "") as { readonly name: string; readonly version: string };
const chart = join(folder, name);
await rm(chart, { recursive: true, force: true });
for (const [path, text] of files) {
  await mkdir(dirname(join(chart, path)), { recursive: true });
  await writeFile(join(chart, path), text);
}
const entries = [...files].map(([path, text]) => ({
  kind: "file" as const,
  path: `${name}/${path}`,
  content: Buffer.from(text),
}));
const archive = join(folder, `${name}-${version}.tgz`);
await writeFile(archive, gzipSync(writeTar(entries)));
console.log(archive);
console.log(
  `helm install ovn4nfv ${archive} --namespace ovn4nfv-system --create-namespace --set northbound=tcp:192.0.2.1:6641`,
);
