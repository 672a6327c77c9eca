import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuideStep } from "#guides/guide-page.ts";
import type { StepOutcome } from "#guides/guide-shell.ts";
import { stepFault } from "#guides/step-fault.ts";

const step: GuideStep = {
  line: 10,
  lines: ["kubectl get pods", "echo end"],
  status: 0,
  expected: { line: 15, lines: ["NAME", "a ...", "end"] },
};
const ended: StepOutcome = { kind: "ended", status: 0, line: 11, output: "NAME\na Running\nend\n" };
const fault = (outcome: Partial<StepOutcome>, of: Partial<GuideStep> = {}): string | undefined =>
  stepFault({ path: "docs/guides/x.md" }, { ...step, ...of }, { ...ended, ...outcome }, 240_000)?.message;

test("a step that is as the page says has no fault, nor one of which the page says nothing", () => {
  assert.equal(fault({}), undefined);
  assert.equal(fault({ output: "anything" }, { expected: undefined }), undefined);
  assert.equal(fault({ status: 4 }, { status: 4 }), undefined);
});

test("a wrong output is reported with the line of the page that is missing, and the difference", () => {
  assert.equal(
    fault({ output: "NAME\nb Running\nend\n" }),
    "docs/guides/x.md:16: the output is not as the page says (- is missing, + was not expected)\n" +
      "    NAME\n  - a ...\n  + b Running\n    end",
  );
  assert.match(fault({ output: "NAME\na Running\nend\nmore\n" }) ?? "", /^docs\/guides\/x\.md:17: [\s\S]*\+ more$/);
});

test("a command that fails is reported with its line, its status and the end of what it printed", () => {
  assert.equal(
    fault({ status: 1, output: "Error: no\n" }),
    "docs/guides/x.md:11: the command ended with exit status 1; it printed\n  Error: no",
  );
  const long = fault({ status: 1, output: "line\n".repeat(100) }) ?? "";
  assert.equal(long.split("\n").length, 42);
  assert.match(long, /printed\n {2}\.\.\.\n {2}line/);
});

test("a command that ought to fail and does not is reported, also when its output is right", () => {
  assert.equal(
    fault({ output: "" }, { status: 4, expected: undefined }),
    "docs/guides/x.md:11: the command ended with exit status 0, and not with 4 as the page says; it printed nothing",
  );
});

test("a command that hangs is reported with its line and what it has printed so far", () => {
  assert.equal(
    fault({ kind: "late", status: undefined, output: "waiting\n" }),
    "docs/guides/x.md:11: the command was not done after 240 s; it printed\n  waiting",
  );
  assert.equal(
    fault({ kind: "stopped", status: undefined }),
    "docs/guides/x.md:11: interrupted; what the guide has made is still there",
  );
});
