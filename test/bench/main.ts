// `npm run bench -- NAME [--json]`: measures ratios within one run, against baselines that import nothing of ours.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { tools } from "#tools/programs/tools.ts";
import { Progress } from "#tools/process/progress.ts";
import { bundle } from "#tools/build/bundle.ts";
import type { BenchReport } from "./report.ts";

type Bench = (progress: Progress) => Promise<BenchReport>;

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  allocate: async () => (await import("./allocate/allocate.ts")).benchAllocate,
  admission: async () => (await import("./admission/admission.ts")).benchAdmission,
  apiserver: async () => (await import("./apiserver/apiserver.ts")).benchApiServer,
  profile: async () => (await import("./profile/profile.ts")).benchProfile,
  cni: async () => (await import("./cni/cni.ts")).benchCni,
  bandwidth: async () => (await import("./bandwidth/bandwidth.ts")).benchBandwidth,
  release: async () => (await import("./release/release.ts")).benchRelease,
  footprint: async () => (await import("./footprint/footprint.ts")).benchFootprint,
  northd: async () => (await import("./northd/northd.ts")).benchNorthd,
  lab: async () => (await import("./lab/lab.ts")).benchLab,
  switches: async () => (await import("./switches/switches.ts")).benchSwitches,
  scale: async () => (await import("./scale/scale.ts")).benchScale,
  hotplug: async () => (await import("./hotplug/hotplug.ts")).benchHotPlug,
};

const usage = `usage: npm run bench -- ${Object.keys(benches).join("|")} [--json]\n`;

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith("-"));
  const load = benches[names[0] ?? ""];
  if (args.includes("--help") || load === undefined || names.length !== 1) {
    process.stderr.write(usage);
    return args.includes("--help") ? 0 : 2;
  }
  const progress = new Progress((line) => process.stderr.write(`${line}\n`));
  await progress.during("bundling the product", () => bundle());
  const report = { ...(await (await load())(progress)), versions: await versions() };
  process.stdout.write(args.includes("--json") ? `${JSON.stringify(report)}\n` : printReport(report));
  return 0;
}

/** The versions of what the figures depend on. */
async function versions(): Promise<Record<string, string>> {
  const ofProgram = async (name: string): Promise<string> => {
    const { stdout } = await promisify(execFile)(ovnBinary(name), ["--version"]);
    return /[\d.]+\s*$/m.exec(stdout.split("\n")[0] ?? "")?.[0].trim() ?? "unknown";
  };
  return {
    node: process.version,
    kubernetes: tools["kube-apiserver"].module.version,
    ovsdb: await ofProgram("ovsdb-server"),
    ovn: await ofProgram("ovn-northd"),
    ovs: await ofProgram("ovs-vswitchd"),
  };
}

function printReport({ name, ratios, figures, versions }: BenchReport & { versions: Record<string, string> }): string {
  const lines = (values: Readonly<Record<string, number | string>>): string[] =>
    Object.entries(values).map(([key, value]) => `  ${key.padEnd(32)} ${value.toString()}`);
  return [
    `bench ${name}`,
    "ratios",
    ...lines(ratios),
    "figures",
    ...lines(figures),
    "versions",
    ...lines(versions),
    "",
  ].join("\n");
}

process.exitCode = await main(process.argv.slice(2));
