// Runs ESLint by its API, because only the API says how many files it saw.
import { ESLint } from "eslint";
import { root } from "../source-files.ts";

const eslint = new ESLint({ cwd: root });
const results = await eslint.lintFiles(["."]);
const formatter = await eslint.loadFormatter("stylish");
console.log(await formatter.format(results));
console.log(`eslint saw ${String(results.length)} files`);
process.exit(results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0) ? 1 : 0);
