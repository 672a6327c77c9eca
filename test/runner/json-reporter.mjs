// A node:test reporter, one JSON line an event, for run-files.ts. node:test wants it as a default export. What a test has found
// (`t.diagnostic`) goes to standard error as it comes.
import { inspect } from "node:util";

/** Node ends its report with these, as if a test had found them. */
const countsOfNode = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* jsonReporter(source) {
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && !countsOfNode.test(data.message)) process.stderr.write(`  ${data.message}\n`);
    const isSuite = data.details?.type === "suite";
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { name, nesting, file, line, skip, todo, details } = data;
    const error = type === "test:fail" ? (details.error.cause ?? details.error) : undefined;
    const { failureType } = details.error ?? {};
    // A suite says nothing new when it failed by a test in it, passed, or was cancelled with its tests. The tests of a
    // skipped suite are never reported, so the suite counts for them.
    const isEcho = failureType === "subtestsFailed" || (isSuite && failureType === "cancelledByParent");
    const counts = !isEcho && !(isSuite && type === "test:pass" && !skip);
    yield `${JSON.stringify({
      outcome: skip || todo ? "skipped" : type === "test:pass" ? "passed" : "failed",
      name,
      file,
      line,
      seconds: nesting === 0 ? details.duration_ms / 1_000 : 0,
      reason: typeof skip === "string" ? skip : undefined,
      error: error === undefined ? undefined : typeof error === "string" ? error : inspect(error),
      counts,
    })}\n`;
  }
}
