// Prepares real programs before the deadline of the first test file runs: Debian packages, and tools from Go modules.
import { fromUnknown } from "#src/core/errors.ts";
import { certManagerTools } from "#lab/kubernetes/cert-manager.ts";
import { prepareLab, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { browserPrograms, ensurePrograms, whyProgramsAreMissing, wiringPrograms } from "#tools/programs/packages.ts";
import { ensureOvn, whyOvnIsMissing } from "#tools/ovn/ovn-cache.ts";
import { newestOvn, oldestOvn } from "#tools/ovn/ovn-suites.ts";
import { Progress } from "#tools/process/progress.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

/** Debian's programs that tests find installed, beside those of the lab. A test of another program installs it itself. */
export const testPrograms = [...wiringPrograms, "dhclient", "nft", "sh"] as const;
/** Programs that single tests add to the lab. */
const pluginTools = ["multus", "cnitool", "flanneld"] as const;

/**
 * Installs and builds what this machine can have, and prints what it cannot have. The tests that need that skip
 * themselves, or fail when CI=true.
 */
export async function prepareRealPrograms(write: (line: string) => void): Promise<void> {
  const progress = new Progress(write);
  const steps: readonly (readonly [why: string | false, step: () => Promise<unknown>])[] = [
    [whyProgramsAreMissing(testPrograms), () => ensurePrograms(testPrograms, progress)],
    ...[oldestOvn, newestOvn].map((suite) => [whyOvnIsMissing(suite), () => ensureOvn(suite, { progress })] as const),
    [whyToolsAreMissing(controlPlaneTools), () => ensureTools(controlPlaneTools, { progress })],
    [whyToolsAreMissing(certManagerTools), () => ensureTools(certManagerTools, { progress })],
    [whyLabCannotRun(), () => prepareLab(progress)],
    [whyProgramsAreMissing(browserPrograms), () => ensurePrograms(browserPrograms, progress)],
    [whyToolsAreMissing(pluginTools), () => ensureTools(pluginTools, { progress })],
  ];
  for (const [why, step] of steps) {
    if (why !== false) {
      write(`not here: ${why}`);
      continue;
    }
    try {
      await step();
    } catch (caught) {
      write(`could not be prepared: ${fromUnknown(caught).message}`);
    }
  }
}
