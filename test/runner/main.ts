// `npm test [-- PHASE... PART OF A PATH...]`
import { testPhases } from "./phases.ts";
import { runTests } from "./run-tests.ts";

process.exit(await runTests(testPhases, process.argv.slice(2)));
