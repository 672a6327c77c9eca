import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { showProgress } from "#src/commands/output/progress.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const read = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? "");
const terminal = () => Object.assign(new PassThrough(), { isTTY: true });
const seconds = (count: number) => `${count.toString()} s`;

test("after two seconds a line in the terminal tells that the subcommand waits, and it goes before the result", async () => {
  const clock = new ManualClock();
  const [stdout, stderr] = [new PassThrough(), terminal()];
  const progress = showProgress({ stdout, stderr }, clock, seconds);
  await clock.advance(1_900);
  assert.equal(read(stderr), "");
  await clock.advance(1_200);
  assert.equal(read(stderr), "\r\u001b[K2 s\r\r\u001b[K3 s\r");
  progress.stdout.write("result\n");
  assert.deepEqual([read(stderr), read(stdout)], ["\r\u001b[K", "result\n"]);
  await clock.advance(9_000);
  progress.end();
  assert.equal(read(stderr), "");
});

test("a subcommand that fails takes the line away", async () => {
  const clock = new ManualClock();
  const stderr = terminal();
  const progress = showProgress({ stdout: new PassThrough(), stderr }, clock, seconds);
  await clock.advance(2_000);
  read(stderr);
  progress.end();
  await clock.advance(9_000);
  assert.equal(read(stderr), "\r\u001b[K");
});

test("nothing is written where standard error is no terminal", async () => {
  const clock = new ManualClock();
  const stderr = new PassThrough();
  const progress = showProgress({ stdout: new PassThrough(), stderr }, clock, seconds);
  await clock.advance(9_000);
  progress.end();
  assert.equal(read(stderr), "");
});
