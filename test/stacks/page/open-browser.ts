import { type Browser, chromium } from "playwright-core";
import { findProgram } from "#tools/programs/packages.ts";

/** Starts Debian's Chromium. Root must start it without its sandbox. */
export async function openBrowser(executablePath = findProgram("chromium") ?? "chromium"): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    headless: true,
    chromiumSandbox: !isRoot,
    args: ["--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none"],
    // A machine under load starts it late.
    timeout: 300_000,
  });
}
