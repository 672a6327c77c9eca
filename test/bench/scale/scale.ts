// `npm run bench -- scale`: a whole cluster of played nodes, at the size that PODS, NODES and NETWORKS name, against the same
// cluster without networks.
import { ensureOvn } from "#tools/ovn/ovn-cache.ts";
import { newestOvn } from "#tools/ovn/ovn-suites.ts";
import type { Progress } from "#tools/process/progress.ts";
import { type BenchReport, rounded, sayFigures } from "../report.ts";
import { runOurs } from "./our-run.ts";
import { runPlain } from "./plain-run.ts";
import { readScaleSize, sizeName } from "./scale-size.ts";

export async function benchScale(progress: Progress): Promise<BenchReport> {
  process.env["OVN_BINDIR"] ??= (await ensureOvn(newestOvn, { progress })).binaries;
  const size = readScaleSize(process.env);
  const at = sizeName(size.pods);
  const plain = await progress.during(`${size.pods} plain pods`, () => runPlain(progress, size));
  const { life, spent, ...rates } = plain;
  sayFigures(progress, { podsPerSecond: life.podsPerSecond, lastP99Ms: life.lastP99Ms, ...rates, ...spent });
  const ours = await progress.during(`${size.pods} pods with two interfaces`, () => runOurs(progress, size));
  const { figures } = ours;
  return {
    name: "scale",
    ratios: rounded({
      [`admissionP99At${at}`]: figures.lastAdmissionP99Ms / figures.firstAdmissionP99Ms,
      [`podsPerSecond${at}`]: ours.life.podsPerSecond / plain.life.podsPerSecond,
      [`releaseRate${at}`]: ours.releasedPerSecond / plain.releasedPerSecond,
      restartToRawReads: ours.restart.ratio,
    }),
    figures: rounded({
      podsPerSecond: ours.life.podsPerSecond,
      plainPodsPerSecond: plain.life.podsPerSecond,
      againPerSecond: ours.againPerSecond,
      plainAgainPerSecond: plain.againPerSecond,
      releasedPerSecond: ours.releasedPerSecond,
      plainDeletedPerSecond: plain.releasedPerSecond,
      createP99FirstMs: ours.life.firstP99Ms,
      createP99LastMs: ours.life.lastP99Ms,
      plainCreateP99FirstMs: plain.life.firstP99Ms,
      plainCreateP99LastMs: plain.life.lastP99Ms,
      restartSeconds: ours.restart.ours,
      rawReadsSeconds: ours.restart.theirs,
      ...figures,
      ...ours.spent,
      ...Object.fromEntries(Object.entries(plain.spent).map(([name, value]) => [`plain-${name}`, value])),
    }),
  };
}
