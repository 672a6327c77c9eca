import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import type { TestContext } from "node:test";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";
import { askRaw } from "./view-page.ts";

/** Starts the subcommand; resolves with its port, the cookie of its page, and the way to end it. */
export async function startView(t: TestContext, args: readonly string[]) {
  const stop = new AbortController();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const ended = runProgram(["view", "--timeout", "120s", ...args], commandTable, {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
    signal: stop.signal,
    clock: systemClock,
    nodeVersion: process.version,
  });
  t.after(() => {
    stop.abort();
    return ended;
  });
  const said = await Promise.race([
    new Promise<string>((resolve) => stdout.once("data", (chunk: Buffer) => resolve(String(chunk)))),
    ended.then((status) => assert.fail(`ended with ${status}: ${String(stderr.read())}`)),
  ]);
  const [, port = "", link = ""] = /http:\/\/127\.0\.0\.1:(\d+)(\/\?token=\S+)/.exec(said) ?? [];
  const { headers } = await askRaw(Number(port), link);
  const cookie = String(headers["set-cookie"]).split(";")[0] ?? "";
  return {
    port: Number(port),
    cookie,
    said,
    ended,
    /** Asks for an answer in JSON, whatever its status. */
    async ask<T>(path: string): Promise<T> {
      return JSON.parse((await askRaw(Number(port), path, { headers: { cookie } })).text) as T;
    },
    stop(): void {
      stop.abort();
    },
  };
}
