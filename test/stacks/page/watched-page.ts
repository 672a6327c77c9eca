import type { Browser, Page } from "playwright-core";

export type Scheme = "light" | "dark";

/** A page of the browser with all that went wrong in it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, what the policy of the server forbade, and requests to elsewhere. */
  readonly faults: readonly string[];
}

/** Opens a page at an address. Whatever waits in it waits long, because the machine may be busy. */
export async function openPage(
  browser: Browser,
  url: string,
  colorScheme: Scheme = "light",
  cookies: readonly { readonly name: string; readonly value: string; readonly url: string }[] = [],
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 850 },
    colorScheme,
    reducedMotion: "reduce",
    // A page of a cluster in a test has a certificate that no browser knows.
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(60_000);
  await context.addCookies([...cookies]);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // A refused or broken connection is told by the browser too, and is not a fault of the page.
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text())) faults.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && origin !== new URL(url).origin) faults.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}
