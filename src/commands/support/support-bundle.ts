import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { createMetrics } from "#src/core/metrics.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { BundleFolder } from "./bundle-folder.ts";
import { addClusterFiles } from "./cluster-files.ts";
import { systemNamespace } from "../system-namespace.ts";

type Context = CommandContext<"support-bundle">;

/**
 * Writes reports, objects and logs into a new folder, without secrets. The folder also lists what could not be read.
 */
export const supportBundle: CommandRun<"support-bundle"> = async (context) => {
  const { config, clock, signal, stdout, operands } = context;
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-");
  const bundle = await BundleFolder.create(operands[0] ?? `ovn4nfv-support-${stamp}`);
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = await openApiClient(context, "ovn4nfv-support", createMetrics());
  try {
    await Promise.all([
      addClusterFiles(bundle, client, await systemNamespace(config, context), call),
      ...reports.map(([name, load]) => bundle.add(`reports/${name}.json`, () => report(context, load))),
    ]);
  } finally {
    client.close();
  }
  await bundle.write("missing.yaml", bundle.missing);
  stdout.write(`${bundle.path}: ${bundle.files} files, ${bundle.missing.length} could not be read (missing.yaml)\n`);
  stdout.write("Private keys and tokens were taken out. Look through the folder before you hand it on.\n");
  return "ok";
};

/** Settings of a report that a bundle has no flags for. */
const reportConfig = {
  output: "json",
  listing: "json",
  watch: false,
  namespace: undefined,
  repair: false,
  adoptCluster: undefined,
} as const;

type ReportContext = Context & { readonly config: Context["config"] & typeof reportConfig };
type Load = () => Promise<(context: ReportContext) => Promise<unknown>>;

/** Our subcommands that run as reports. A bundle takes their flags as well. */
const reports: readonly (readonly [name: string, load: Load])[] = [
  ["version", async () => (await import("../version.ts")).version],
  ["doctor", async () => (await import("../doctor/doctor.ts")).doctor],
  ["networks", async () => (await import("../inspect/networks.ts")).networks],
  ["addresses", async () => (await import("../inspect/addresses.ts")).addresses],
  ["pods", async () => (await import("../inspect/pods.ts")).pods],
  ["check", async () => (await import("../check/check.ts")).check],
];

async function report(context: Context, load: Load): Promise<string> {
  const stdout = new PassThrough();
  const run = await load();
  const printed = text(stdout);
  try {
    await run({ ...context, stdout, operands: [], config: { ...context.config, ...reportConfig } });
  } finally {
    stdout.end();
  }
  return printed;
}
