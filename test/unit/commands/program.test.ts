import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import type { CommandContext, CommandTable } from "#src/commands/command.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";
import { AppError, refusal } from "#src/core/errors.ts";
import packageJson from "../../../package.json" with { type: "json" };

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  argv: readonly string[],
  table: CommandTable,
  env: Record<string, string> = {},
  columns?: number,
): Promise<Run> {
  const stdout = Object.assign(new PassThrough(), { columns });
  const stderr = new PassThrough();
  const status = await runProgram(argv, table, {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env,
    signal: new AbortController().signal,
    clock: systemClock,
    nodeVersion: "v24.0.0",
  });
  const text = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? "");
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

function tableThat(behave: (context: CommandContext<"admit">) => void): CommandTable {
  const load = () =>
    Promise.resolve((context: CommandContext<"admit">) => {
      behave(context);
      return Promise.resolve("ok" as const);
    });
  return {
    admit: {
      summary: "Try a pod.",
      group: "reports",
      operands: "[extra...]",
      examples: ["ovn4nfv admit -f pod.yaml"],
      load,
    },
  };
}

const idle = tableThat(() => {});

test("flags reach the subcommand by kind, letter and repetition, and operands beside them", async () => {
  let seen: CommandContext<"admit"> | undefined;
  const table = tableThat((context) => {
    seen = context;
  });
  const argv = ["admit", "-f", "a.yaml", "-f", "b.yaml", "--any-switch", "--no-dry-run", "--timeout", "3s", "x", "y"];
  const { status } = await run(argv, table, { OVN4NFV_OUTPUT: "json" });
  assert.equal(status, 0);
  assert.deepEqual(seen?.config.file, ["a.yaml", "b.yaml"]);
  assert.equal(seen.config.anySwitch, true);
  assert.equal(seen.config.dryRun, false);
  assert.equal(seen.config.timeoutMs, 3_000);
  assert.equal(seen.config.output, "json");
  assert.deepEqual(seen.operands, ["x", "y"]);
});

test("a flag on the command line switches off what the environment switched on", async () => {
  let anySwitch: boolean | undefined;
  const table = tableThat(({ config }) => {
    anySwitch = config.anySwitch;
  });
  await run(["admit", "--no-any-switch"], table, { OVN4NFV_ANY_SWITCH: "true" });
  assert.equal(anySwitch, false);
});

test("help fits into a terminal of 80 columns", async () => {
  for (const argv of [["--help"], ["admit", "--help"]]) {
    const { stdout } = await run(argv, idle, {}, 80);
    const [lists = ""] = stdout.split("Exit status:");
    // A word that is longer than its column stays whole.
    const long = lists.split("\n").filter((line) => line.length > 80 && !/\S{29}/.test(line));
    assert.deepEqual(long, [], argv.join(" "));
  }
});

test("help shows the flags of the subcommand under their headings, and no others", async () => {
  const { status, stdout } = await run(["admit", "--help"], idle);
  assert.equal(status, 0);
  assert.match(stdout, /^Networks:$/m);
  assert.match(stdout, /^ {2}--nb <endpoint>/m);
  assert.match(stdout, /^ {2}--no-dry-run /m);
  assert.match(stdout, /ovn4nfv admit -f pod\.yaml/);
  assert.doesNotMatch(stdout, /--tls-cert-file/);
});

test("a mistyped subcommand or flag ends with status 2 and a suggestion", async () => {
  const command = await run(["admitt"], idle);
  assert.equal(command.status, 2);
  assert.match(command.stderr, /Did you mean admit\?/);
  const flag = await run(["admit", "--any-swich"], idle);
  assert.equal(flag.status, 2);
  assert.match(flag.stderr, /Did you mean --any-switch\?/);
});

test("help for what is no subcommand says so, as the word alone does", async () => {
  for (const argv of [["help", "admitt"], ["admitt"]]) {
    const { status, stderr } = await run(argv, idle);
    assert.deepEqual([status, stderr], [2, "error: unknown command 'admitt'\n(Did you mean admit?)\n"]);
  }
  assert.match((await run(["help", "admit"], idle)).stdout, /^Usage: ovn4nfv admit/);
  assert.match((await run(["help"], idle)).stdout, /^Reports and questions:\n {2}admit {3}/m);
});

test("--version prints the version alone", async () => {
  const { status, stdout } = await run(["--version"], idle);
  assert.deepEqual([status, stdout], [0, `${packageJson.version}\n`]);
});

test("in a terminal that is too narrow for flags and texts beside each other, the texts stand below", async () => {
  const { stdout } = await run(["keys", "--help"], commandTable, {}, 60);
  assert.match(stdout, /^ {2}--token-keys-secret <name>\n {6}Secret with the private keys,/m);
});

test("a wrong value ends with status 2 and names its source", async () => {
  const { status, stderr } = await run(["admit"], idle, { OVN4NFV_TIMEOUT: "soon" });
  assert.equal(status, 2);
  assert.match(stderr, /^ovn4nfv: environment OVN4NFV_TIMEOUT: "soon" is not a duration/);
});

test("a missing configuration file ends with status 2 and names it, wherever it was named", async () => {
  for (const [argv, env] of [
    [["admit", "--config", "/nowhere.yaml"], {}],
    [["admit"], { OVN4NFV_CONFIG: "/nowhere.yaml" }],
  ] as const) {
    const { status, stderr } = await run(argv, idle, env);
    assert.equal(status, 2);
    assert.match(stderr, /\/nowhere\.yaml cannot be read/);
  }
});

test("a refusal, an unreachable backend and a defect have statuses of their own; only the defect shows its stack", async () => {
  const details = { field: "interface[0]", value: 1, reason: "is wrong", remedy: "correct it" };
  const failing = (error: Error) =>
    run(
      ["admit"],
      tableThat(() => {
        throw error;
      }),
    );
  const refused = await failing(refusal("Malformed", details));
  assert.deepEqual([refused.status, refused.stderr], [3, "ovn4nfv: Malformed: interface[0] 1 is wrong; correct it\n"]);
  assert.equal((await failing(refusal("BackendUnavailable", details))).status, 1);
  const unreachable = await failing(new AppError("NotConnected", "nobody is there"));
  assert.deepEqual([unreachable.status, unreachable.stderr], [1, "ovn4nfv: nobody is there\n"]);
  const defect = await failing(new TypeError("x is undefined"));
  assert.equal(defect.status, 1);
  assert.match(defect.stderr, /program\.test\.ts/);
});
