// `npm run soak [-- PART OF A PATH...]`: the tests that take minutes to hours. `npm run soak -- versions [PHASE...]` repeats
// the tests of `npm test` on each version of OVN and Kubernetes, and keeps what came out.
import { systemClock } from "#src/core/clock.ts";
import { publishedKubernetes } from "#tools/programs/kubernetes-versions.ts";
import { soakPhases } from "./phases.ts";
import { runTests } from "./run-tests.ts";
import { storeResult } from "./tried-versions.ts";
import { versionPhases } from "./version-phases.ts";

const [first, ...others] = process.argv.slice(2);
process.exit(await (first === "versions" ? runVersions(others) : runTests(soakPhases, process.argv.slice(2))));

async function runVersions(words: readonly string[]): Promise<number> {
  return runTests(versionPhases(await publishedKubernetes()), words, {
    onResult: (result) => {
      storeResult(result, systemClock.now());
    },
  });
}
