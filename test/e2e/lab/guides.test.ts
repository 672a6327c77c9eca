// Every page of docs/guides says what happens, as `npm run guide` finds out.
import { after, before, describe, it } from "node:test";
import { labPlace } from "#guides/lab-place.ts";
import { readGuidePages } from "#guides/guide-pages.ts";
import { type GuidePlace, runGuide } from "#guides/run-guide.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { describeLab } from "#lab/cluster/lab-state.ts";
import { silentProgress } from "#tools/process/progress.ts";
import { createTemporaryFolder, type TemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

describe("the guides", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  let folder: TemporaryFolder;
  let place: GuidePlace;
  before(async () => {
    stack = await sharedLab();
    folder = createTemporaryFolder("guides");
    place = await labPlace(describeLab(stack.lab), folder.path);
  });
  after(async () => {
    folder.remove();
    await stack.assertSettled();
  });

  for (const page of readGuidePages()) {
    it(`${page.name} says what happens`, async ({ signal }) => {
      await runGuide(page, { place, progress: silentProgress, signal });
    });
  }
});
