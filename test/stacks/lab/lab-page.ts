// `ovn4nfv view` in the middle of a lab, and a browser that opens its page there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { describeLab, namespacesOf } from "#lab/cluster/lab-state.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { bundlePage } from "#tools/build/page-bundle.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { browserPrograms, ensurePrograms } from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";
import { openBrowser } from "../page/open-browser.ts";
import { openPage, type Scheme, type WatchedPage } from "../page/watched-page.ts";
import type { LabStack } from "./lab-stack.ts";

export class LabPage implements AsyncDisposable {
  readonly origin: string;
  readonly #browser: Browser;
  readonly #cookies: readonly { readonly name: string; readonly value: string; readonly url: string }[];
  readonly #owned: AsyncDisposableStack;

  private constructor(
    { origin, browser, cookies }: { readonly origin: string; readonly browser: Browser; readonly cookies: Cookies },
    owned: AsyncDisposableStack,
  ) {
    this.origin = origin;
    this.#browser = browser;
    this.#cookies = cookies.map(({ name, value }) => ({ name, value, url: `${origin}/` }));
    this.#owned = owned;
  }

  /** The page shows all that is in the Northbound database, and sees the steps of pods that come later. */
  static async start({ lab }: LabStack): Promise<LabPage> {
    await ensurePrograms(browserPrograms);
    {
      using _lock = await MachineLock.acquire(`bundle${root}`);
      await bundlePage(join(root, "dist/product/page"));
    }
    await using owned = new AsyncDisposableStack();
    const { path: folder } = owned.use(createTemporaryFolder("lab-page"));
    const state = describeLab(lab);
    const { net } = namespacesOf(state, "cp");
    const { northbound: nb, southbound: sb } = labPlan;
    const view = await ManagedProcess.start({
      name: "view",
      command: process.execPath,
      args: [join(root, "src/main.ts"), "view", "--nb", nb, "--sb", sb, "--kubeconfig", state.kubeconfig],
      logFile: join(folder, "view.log"),
      namespaces: { net },
      ready: untilLine(/token=/),
    });
    owned.use(view);
    const chromium = join(folder, "chromium");
    writeFileSync(chromium, `#!/bin/sh\nexec nsenter --net=${net} -- chromium "$@"\n`, { mode: 0o755 });
    const browser = await openBrowser(chromium);
    owned.defer(() => browser.close());
    const [link] = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(readFileSync(view.spec.logFile, "utf8")) ?? [];
    assert.ok(link !== undefined);
    await using first = await openPage(browser, link);
    const cookies = await first.page.context().cookies();
    return new LabPage({ origin: new URL(link).origin, browser, cookies }, owned.move());
  }

  /** Opens the page once more. */
  open(scheme?: Scheme): Promise<WatchedPage> {
    return openPage(this.#browser, `${this.origin}/`, scheme, this.#cookies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

type Cookies = readonly { readonly name: string; readonly value: string }[];
