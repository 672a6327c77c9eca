// `npm run chart [-- FOLDER]`: the Helm chart, as a folder and as the archive that `helm install` takes.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { stderrProgress } from "../process/progress.ts";
import { root } from "../source-files.ts";
import { packChart } from "./chart-archive.ts";
import { chartFiles } from "./chart-files.ts";

const [given] = process.argv.slice(2);
const folder = given === undefined ? `${root}/dist/chart` : resolve(process.env["INIT_CWD"] ?? ".", given);
const progress = stderrProgress();
const files = await progress.during("chart", () => chartFiles());
const { name, fileName, bytes } = packChart(files);
const chart = join(folder, name);
await rm(chart, { recursive: true, force: true });
for (const [path, text] of files) {
  await mkdir(dirname(join(chart, path)), { recursive: true });
  await writeFile(join(chart, path), text);
}
const archive = join(folder, fileName);
await writeFile(archive, bytes);
console.log(archive);
console.log(
  `helm install ovn4nfv ${archive} --namespace ovn4nfv-system --create-namespace --set northbound=tcp:192.0.2.1:6641`,
);
