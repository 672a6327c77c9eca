// Every page of docs/guides says what happens, as `npm run guide` finds out.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fromEmptyCluster } from "#guides/empty-cluster.ts";
import { labPlace } from "#guides/lab-place.ts";
import type { GuidePage } from "#guides/guide-page.ts";
import { readGuidePages } from "#guides/guide-pages.ts";
import { runGuide } from "#guides/run-guide.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { describeLab } from "#lab/cluster/lab-state.ts";
import { silentProgress } from "#tools/process/progress.ts";
import { ensurePrograms } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

/** Pages on one VLAN of the switch outside, which one ProviderNetwork can have at a time. */
const onOutsideSwitch = ["floating-ip", "provider-network", "service-outside", "way-out"];
/** Pages that neither change nor look at anything outside of their namespace, and whose networks have names of their own. */
const inOwnNamespace = [
  "bandwidth",
  "everyday",
  "first-pod",
  "full-network",
  "hot-plug",
  "multus-alone",
  "network-policy",
  "ready-pods",
  "service",
  "shared-switch",
  "stateful-addresses",
  "tap",
  "view",
  "virtual-address",
  "virtual-machine",
  "live-migration",
];
/** Guides mostly wait, so that three of those that do not disturb each other run at the same time. */
const atOnce = 3;

/** `npm run soak -- install-guide` runs the others. */
const pages = readGuidePages().filter(({ name }) => !fromEmptyCluster.has(name));
const named = (names: readonly string[]): readonly GuidePage[] => pages.filter(({ name }) => names.includes(name));

describe("the guides", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    // Guides ask a page as a browser would.
    await ensurePrograms(["curl"]);
    stack = await sharedLab();
  });
  after(() => stack.assertSettled());

  const runPage = async (page: GuidePage, signal: AbortSignal, options: Parameters<typeof labPlace>[2] = {}) => {
    using folder = createTemporaryFolder("guides");
    const place = await labPlace(describeLab(stack.lab), folder.path, options);
    await runGuide(page, { place, progress: silentProgress, signal });
  };
  const standing = async (): Promise<readonly string[]> => {
    using folder = createTemporaryFolder("guides");
    const place = await labPlace(describeLab(stack.lab), folder.path);
    return await place.standing();
  };

  describe("beside each other", { concurrency: atOnce }, () => {
    let found: readonly string[];
    before(async () => {
      found = await standing();
    });
    after(async () => {
      assert.deepEqual(await standing(), found, "they take away what they have made");
    });

    const beside = (page: GuidePage): void => {
      it(`${page.name} says what happens`, ({ signal }) => runPage(page, signal, { besideOthers: page.name }));
    };
    describe("on the switch outside, one after the other", { concurrency: 1 }, () =>
      named(onOutsideSwitch).forEach(beside),
    );
    named(inOwnNamespace).forEach(beside);
  });

  // A page that nobody has put into a list may do anything.
  for (const page of pages.filter(({ name }) => ![...onOutsideSwitch, ...inOwnNamespace].includes(name))) {
    it(`${page.name} says what happens`, ({ signal }) => runPage(page, signal));
  }

  it("are all found", () => {
    assert.deepEqual(
      [...onOutsideSwitch, ...inOwnNamespace].filter((name) => named([name]).length === 0),
      [],
    );
  });
});
