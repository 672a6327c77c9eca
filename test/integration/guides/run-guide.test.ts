// Guides in a plain bash: everything but the lab.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseGuidePage } from "#guides/guide-page.ts";
import { type GuidePlace, type GuideRun, runGuide } from "#guides/run-guide.ts";
import { Progress, silentProgress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { until } from "#test/assertions/until.ts";

const cleanUp = ["## Clean up", "```sh", 'echo cleaned >"$TRACES/cleaned"', "```"];

/** Runs a page of these lines, which may write into $TRACES. */
async function run(
  lines: readonly string[],
  traces: string,
  options: Partial<GuideRun> = {},
  standing: GuidePlace["standing"] = () => Promise.resolve([]),
): Promise<number> {
  const page = parseGuidePage("page", "docs/guides/page.md", ["# Title", ...lines, ...cleanUp].join("\n"));
  const place: GuidePlace = { env: { ...process.env, TRACES: traces }, standing };
  return runGuide(page, { place, progress: silentProgress, signal: new AbortController().signal, ...options });
}

function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/status`;
  return existsSync(file) && !/^State:\s+Z/m.test(readFileSync(file, "utf8"));
}

describe("a guide", () => {
  it("runs in one bash: variables, functions and the folder stay from step to step", async () => {
    using traces = createTemporaryFolder("traces");
    const steps = await run(
      ["```sh", "name=blue", "hello() { echo hello $name; }", 'cd "$TRACES"', "```"].concat(
        ["```sh", "hello", '[ "$PWD" = "$TRACES" ] && echo here', "```", "```output", "hello blue", "here", "```"],
        ["```sh", "cat", "echo wrong >&2", "```", "```output", "wrong", "```"],
      ),
      traces.path,
    );
    assert.equal(steps, 4);
    assert.ok(existsSync(join(traces.path, "cleaned")));
  });

  it("says each step when it begins, and how long it took when that was long", async () => {
    using traces = createTemporaryFolder("traces");
    const said: string[] = [];
    const progress = new Progress((line) => said.push(line.replace(/^\[.*?\] /, "")));
    await run(["```sh", "true", "sleep 3.1", "```"], traces.path, { progress });
    assert.match(
      said.join("\n"),
      /^docs\/guides\/page\.md:3 true \.\.\.\n.*:3 true \.\.\.: done in \d+\.\d s\n.*:8 echo/,
    );
  });

  it("that prints something else names page, line and difference, and cleans up", async () => {
    using traces = createTemporaryFolder("traces");
    const lines = ["```sh", "echo one; echo two", "```", "", "```output", "one", "three", "```"];
    await assert.rejects(run(lines, traces.path), /docs\/guides\/page\.md:8: [\s\S]*- three\n {2}\+ two$/);
    assert.ok(existsSync(join(traces.path, "cleaned")));
  });

  it("whose command fails names the line of that command, and cleans up", async () => {
    using traces = createTemporaryFolder("traces");
    const lines = ["```sh", "echo one", "cat <<X", "two", "X", "ls /no/such/folder", "echo three", "```"];
    await assert.rejects(
      run(lines, traces.path),
      /page\.md:7: .*exit status 2; it printed\n {2}one\n {2}two\n {2}ls: /,
    );
    assert.ok(existsSync(join(traces.path, "cleaned")));
  });

  it("whose command fails in a pipe, in a function or for a variable that is not set names the line", async () => {
    using traces = createTemporaryFolder("traces");
    await assert.rejects(run(["```sh", "echo one", "false | cat", "```"], traces.path), /page\.md:4: .*status 1/);
    const inFunction = ["```sh", "f() {", "  false", "}", "```", "```sh", "f", "```"];
    await assert.rejects(run(inFunction, traces.path), /page\.md:\d+: .*status 1/);
    await assert.rejects(
      run(["```sh", "true", "echo $nothing", "```"], traces.path),
      /page\.md:4: .*nothing: unbound/s,
    );
    await assert.rejects(run(["```sh", "true", "if then", "```"], traces.path), /page\.md: line 4: syntax error/);
  });

  it("whose command ought to fail must fail so, and goes on in the same bash", async () => {
    using traces = createTemporaryFolder("traces");
    const fails = ["```sh exit=3", "(echo no; exit 3)", "```", "```output", "no", "```"];
    assert.equal(await run(["```sh", "a=1", "```", ...fails, "```sh", "echo $a", "```"], traces.path), 4);
    await assert.rejects(run(["```sh exit=3", "true", "```"], traces.path), /page\.md:3: .*status 0, and not with 3/);
    await assert.rejects(
      run(["```sh exit=3", "(exit 4)", "```"], traces.path),
      /page\.md:3: .*status 4, and not with 3/,
    );
  });

  it("that leaves its bash is a fault", async () => {
    using traces = createTemporaryFolder("traces");
    await assert.rejects(run(["```sh", "true", "exit 0", "```"], traces.path), /page\.md:4: .*has ended the bash/);
  });

  it("that hangs is ended after its time with all that it started, and the line is named", async () => {
    using traces = createTemporaryFolder("traces");
    const lines = ["```sh", "echo begun", 'sleep 600 & echo $! >"$TRACES/pid"', "sleep 601", "```"];
    await assert.rejects(run(lines, traces.path, { limitMs: 5_000 }), /page\.md:5: .*not done after 5 s.*\n {2}begun$/);
    const pid = Number(readFileSync(join(traces.path, "pid"), "utf8"));
    await until(() => Promise.resolve(!isRunning(pid)));
    assert.ok(existsSync(join(traces.path, "cleaned")));
  });

  it("that is interrupted ends at once, and does not clean up", async () => {
    using traces = createTemporaryFolder("traces");
    const stop = new AbortController();
    const progress = new Progress((line) => {
      if (line.includes("sleep 600")) stop.abort();
    });
    const running = run(["```sh", "sleep 600", "```"], traces.path, { progress, signal: stop.signal });
    await assert.rejects(running, /page\.md:3: interrupted/);
    assert.ok(!existsSync(join(traces.path, "cleaned")));
  });

  it("that fails and is to be kept does not clean up", async () => {
    using traces = createTemporaryFolder("traces");
    await assert.rejects(run(["```sh", "false", "```"], traces.path, { keep: true }), /page\.md:3/);
    assert.ok(!existsSync(join(traces.path, "cleaned")));
  });

  it("that leaves something behind, or takes away what it has not made, is a fault", async () => {
    using traces = createTemporaryFolder("traces");
    const standing = [["Network a"], ["Namespace b"]].values();
    const next = (): Promise<readonly string[]> => Promise.resolve(standing.next().value ?? []);
    await assert.rejects(
      run(["```sh", "true", "```"], traces.path, {}, next),
      /page\.md:7: .*Namespace b is left behind, Network a is gone/,
    );
  });
});
