// The command line: reads subcommand and flags, and gives the exit status. Everything that it touches is handed in.
import { Command, CommanderError, Help } from "commander";
import { envName, resolveConfig } from "#src/core/config.ts";
import { readConfigFile } from "#src/core/config-file.ts";
import { fromUnknown, isRefusal } from "#src/core/errors.ts";
import { createLogger } from "#src/core/logger.ts";
import packageJson from "../../package.json" with { type: "json" };
import { commandGroups, type CommandTable, type ProcessContext } from "./command.ts";
import { type ExitName, exitCodes } from "./exit-codes.ts";
import { addFlagOptions, typedFlags } from "./flags/flag-options.ts";
import type { CommandName } from "./flags/command-names.ts";
import { flagTable } from "./flags/flags.ts";
import { type Progress, showProgress } from "./output/progress.ts";
import { columnsOf } from "./output/text-style.ts";
import { visibleLines } from "./output/visible-text.ts";
import { wrap } from "./output/wrapped-text.ts";

const description = "Secondary OVN networks for Kubernetes pods, allocated while the pod is being created.";

/** Help texts are wrapped in a terminal where they have these columns. In one of 80 they have 30 beside long flags. */
const narrowest = 20;

/** Runs the subcommand that `argv` (without node and script) names; resolves to the process' exit status. */
export async function runProgram(
  argv: readonly string[],
  table: CommandTable,
  processContext: ProcessContext,
): Promise<number> {
  let outcome: ExitName = "ok";
  const program = baseProgram(processContext);
  for (const name of Object.keys(table) as CommandName[]) {
    mount(program, table, name, processContext, (exit) => {
      outcome = exit;
    });
  }
  try {
    await program.parseAsync(withoutHelp(argv, table), { from: "user" });
  } catch (error) {
    outcome = report(error, processContext);
  }
  return exitCodes[outcome].code;
}

/** Leaves `help` out before a word that is no subcommand, so that commander says so and names the nearest one. */
function withoutHelp(argv: readonly string[], table: CommandTable): string[] {
  const [first, second] = argv;
  return first === "help" && second !== undefined && !Object.hasOwn(table, second) ? argv.slice(1) : [...argv];
}

function baseProgram({ stdout, stderr }: ProcessContext): Command {
  const width = columnsOf(stdout);
  const statuses = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`);
  return new Command("ovn4nfv")
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .version(packageJson.version, "--version", "Print the version.")
    .helpOption("-h, --help", "Show this text; `ovn4nfv SUBCOMMAND -h` shows the flags of a subcommand.")
    .addHelpCommand(
      new Command("help")
        .argument("[command]")
        .description("Show the flags of a subcommand.")
        .helpGroup(groupOf("program")),
    )
    .configureHelp({
      showGlobalOptions: false,
      sortSubcommands: false,
      ...(width === undefined ? {} : { helpWidth: width, minWidthToWrap: narrowest }),
      subcommandTerm: (command) => command.name(),
      formatItem,
    })
    .addHelpText("after", `\nExit status:\n${statuses.join("\n")}`);
}

/** A line of `--help`: a flag or subcommand with its text beside it, or in a narrow terminal below it. */
function formatItem(term: string, termWidth: number, text: string, helper: Help): string {
  const { helpWidth: width = Number.POSITIVE_INFINITY } = helper;
  if (width - termWidth - 4 >= narrowest) return Help.prototype.formatItem.call(helper, term, termWidth, text, helper);
  return [`  ${term}`, ...wrap(text, width - 6).map((line) => `      ${line}`)].join("\n");
}

function mount(
  program: Command,
  table: CommandTable,
  name: CommandName,
  processContext: ProcessContext,
  done: (exit: ExitName) => void,
): void {
  const entry = table[name];
  if (entry === undefined) return;
  const command = program
    .command(`${name} ${entry.operands}`.trim())
    .description(entry.summary)
    .helpGroup(groupOf(entry.group));
  addFlagOptions(command, name);
  const examples = entry.examples.map((line) => `  ${line}`).join("\n");
  command.addHelpText(
    "after",
    `\nExamples:\n${examples}\n\nA flag that is not given is read from the environment, --log-level from\n${envName("log-level")}, ` +
      "then from the file of --config. Otherwise it has its default.",
  );
  command.action(async () => {
    const config = await configure(command, name, processContext);
    const run = await entry.load();
    const progress = waiting(name, config, processContext);
    try {
      done(
        await run({
          ...processContext,
          stdout: progress.stdout,
          stderr: progress.stderr,
          config,
          operands: command.args,
          logger: createLogger(config.logLevel, undefined, { levelFormat: config.logLevelFormat }),
        }),
      );
    } finally {
      progress.end();
    }
  });
}

function groupOf(group: keyof typeof commandGroups): string {
  return `${commandGroups[group]}:`;
}

/** Shows that a subcommand waits, when it is one that answers and ends. */
function waiting(
  name: CommandName,
  config: { readonly timeoutMs?: number },
  { stdout, stderr, clock }: ProcessContext,
): Progress {
  const { timeoutMs } = config;
  if (timeoutMs === undefined) return { stdout, stderr, end: () => {} };
  const limit = Math.ceil(timeoutMs / 1_000).toString();
  return showProgress({ stdout, stderr }, clock, (seconds) => {
    return `ovn4nfv ${name} waits for answers: ${seconds.toString()} s of at most ${limit} s`;
  });
}

async function configure(command: Command, name: CommandName, { env }: ProcessContext) {
  const { config: typedPath, ...flags } = typedFlags(command);
  const path = typeof typedPath === "string" ? typedPath : env[envName("config")];
  const file = path === undefined ? undefined : await readConfigFile(path);
  return resolveConfig(flagTable, name, { flags, env, file });
}

/** The one place where an error becomes a line on standard error and an exit status. */
function report(caught: unknown, { stderr }: ProcessContext): ExitName {
  if (caught instanceof CommanderError) return caught.exitCode === 0 ? "ok" : "usage";
  const error = fromUnknown(caught);
  stderr.write(`ovn4nfv: ${visibleLines(error.message)}\n`);
  if (error.disposition === "bug") stderr.write(`${visibleLines(String(error.stack))}\n`);
  if (error.code === "ConfigInvalid") return "usage";
  return isRefusal(error) && error.code !== "BackendUnavailable" ? "refused" : "failed";
}
