// `npm run soak [-- PART OF A PATH...]`: the tests that take minutes to hours.
import { soakPhases } from "./phases.ts";
import { runTests } from "./run-tests.ts";

process.exit(await runTests(soakPhases, process.argv.slice(2)));
