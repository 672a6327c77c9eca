// Runs dependency-cruiser by its API, because only the API says how many files of ours it saw.
import { cruise, format, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { root, sourceFolders } from "../source-files.ts";

const options = await extractDepcruiseOptions(`${root}/.dependency-cruiser.mjs`);
const { output } = await cruise([...sourceFolders], { ...options, baseDir: root }, undefined, {
  tsConfig: extractTSConfig(`${root}/tsconfig.json`),
});
const result = output as ICruiseResult;
const { exitCode, output: text } = await format(result, { outputType: "err-long" });
const ours = result.modules.filter(({ source }) => sourceFolders.some((folder) => source.startsWith(`${folder}/`)));
if (exitCode !== 0) console.log(text);
console.log(`dependency-cruiser saw ${String(ours.length)} files`);
process.exit(exitCode === 0 ? 0 : 1);
