import { join } from "node:path";
import type { Browser } from "playwright-core";
import { FakeViewServer } from "#test/fakes/view-server.ts";
import { shopView } from "#test/fixtures/view/shop-view.ts";
import { bundlePage } from "#tools/build/page-bundle.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { openBrowser } from "./open-browser.ts";

/** A browser, and a server of the page as it is built now. */
export interface PageStack extends AsyncDisposable {
  readonly browser: Browser;
  readonly server: FakeViewServer;
}

export async function startPageStack(pods: number): Promise<PageStack> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(createTemporaryFolder("page"));
  const built = join(folder.path, "page");
  await bundlePage(built);
  const server = await FakeViewServer.start(shopView(pods), built);
  started.defer(() => server.close());
  const browser = await openBrowser();
  started.defer(() => browser.close());
  const owned = started.move();
  return { browser, server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
