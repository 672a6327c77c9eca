// `npm run bench -- switches`: one switch of 20,000 ports against ten of 2,000, in NB, in our allocator and in ovn-northd.
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { mustRun } from "#tools/process/command.ts";
import { ensureOvn } from "#tools/ovn/ovn-cache.ts";
import { newestOvn } from "#tools/ovn/ovn-suites.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import type { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { allocateMany, openAllocator } from "../allocate/allocation-load.ts";
import { makeSwitch } from "../baseline/bare-loop.ts";
import { bareTransactions } from "../baseline/bare-transactions.ts";
import { insertPorts } from "../baseline/bare-ports.ts";
import { RawOvsdb } from "../baseline/raw-ovsdb.ts";
import { cpuMs, memoryMiB } from "../process-usage.ts";
import { type BenchReport, median, rounded } from "../report.ts";

const ports = 20_000;
const shapes = { one: 1, ten: 10 } as const;
const transactions = 200;
const allocated = { total: 2_000, callers: 64 };
const settleSeconds = 600;

type Shape = keyof typeof shapes;

export async function benchSwitches(progress: Progress): Promise<BenchReport> {
  process.env["OVN_BINDIR"] ??= (await ensureOvn(newestOvn, { progress })).binaries;
  const measured = { one: await measure(progress, "one"), ten: await measure(progress, "ten") };
  const against = (key: keyof typeof measured.one): number => measured.one[key] / measured.ten[key];
  const named = (shape: Shape): Record<string, number> =>
    Object.fromEntries(Object.entries(measured[shape]).map(([key, value]) => [`${shape}-${key}`, value]));
  return {
    name: "switches",
    ratios: rounded({
      commitOneToTen: against("commitMs"),
      allocationsOneToTen: against("allocationsPerSecond"),
      northdOneToTen: against("northdMsPerPort"),
    }),
    figures: rounded({ ...named("one"), ...named("ten") }),
  };
}

/** Fills as many switches, and measures what one more port costs each program. */
async function measure(progress: Progress, shape: Shape) {
  using folder = createTemporaryFolder("switches");
  await using ovn = await OvnCentral.start({ folder: folder.path });
  const path = ovn.nb.slice("unix:".length);
  const count = shapes[shape];
  const uuids: string[] = [];
  await progress.during(`${count} × ${ports / count} ports, and ovn-northd's flows for them`, async () => {
    for (let n = 0; n < count; n += 1) uuids.push(await fill(path, n, ports / count));
    await settle(ovn);
  });
  const [flows, northdRssMiB] = [await logicalFlows(ovn), memoryMiB(ovn.northd.pid).now];
  const beforeMs = cpuMs(ovn.northd.pid);
  const commitMs = await progress.during(`${transactions} transactions of a port each`, async () => {
    const timesMs = await bareTransactions(path, uuids[0] ?? "", transactions, 1);
    await settle(ovn);
    return median(timesMs);
  });
  const northdMsPerPort = (cpuMs(ovn.northd.pid) - beforeMs) / transactions;
  // Without ovn-northd beside it, which would compute meanwhile.
  await ovn.northd.stop();
  await using opened = await openAllocator([ovn.nb], `bench-${shape}`);
  const allocationsPerSecond = await progress.during(`${allocated.total} allocations`, async () => {
    await allocateMany(opened.allocator, "net0", allocated.total, allocated.callers);
    const startMs = performance.now();
    await allocateMany(opened.allocator, "net0", allocated.total, allocated.callers);
    return allocated.total / ((performance.now() - startMs) / 1_000);
  });
  return { commitMs, allocationsPerSecond, northdMsPerPort, northdRssMiB, logicalFlows: flows };
}

/** A /16 of its own for each switch, filled from its first address on. */
async function fill(path: string, n: number, count: number): Promise<string> {
  const uuid = await makeSwitch(path, `net${n}`, 0, `10.${n}.0.0/16`);
  const raw = new RawOvsdb(path);
  for (let done = 0; done < count; done += 1_000) {
    const first = 0x0a000002 + n * 0x10000 + done;
    await raw.transact(insertPorts(uuid, "FILL", first, Math.min(1_000, count - done)));
  }
  raw.close();
  return uuid;
}

async function settle(ovn: OvnCentral): Promise<void> {
  await ovn.nbctl(`--timeout=${settleSeconds}`, "--wait=sb", "sync");
}

async function logicalFlows({ sb }: OvnCentral): Promise<number> {
  const args = ["--format=csv", "--no-headings", "dump", sb, "OVN_Southbound", "Logical_Flow", "_uuid"];
  const text = await mustRun(ovnBinary("ovsdb-client"), args);
  return text.split("\n").filter((line) => line !== "").length;
}
