import { Lab } from "#lab/cluster/lab.ts";
import { emptyLabAddOns } from "#lab/cluster/lab-add-ons.ts";
import { describeLab } from "#lab/cluster/lab-state.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { GuidePage } from "./guide-page.ts";
import { emptyPlace } from "./lab-place.ts";
import { type GuideRun, runGuide } from "./run-guide.ts";

/** Guides that begin with a cluster that has neither the product nor OVN, but Multus, both images and disks for volumes. */
export const fromEmptyCluster: ReadonlySet<string> = new Set(["install-with-ovn"]);

/** Runs such a guide in a lab of its own, which ends with it. Throws as `runGuide` does. */
export async function runFromEmptyCluster(
  page: GuidePage,
  run: Pick<GuideRun, "progress" | "signal">,
): Promise<number> {
  const { progress, signal } = run;
  await using lab = await Lab.start({ isBare: true, addOns: emptyLabAddOns, progress, signal });
  using folder = createTemporaryFolder("guides");
  const place = await emptyPlace(describeLab(lab), folder.path);
  return await runGuide(page, { ...run, place, limitMs: 600_000 });
}
