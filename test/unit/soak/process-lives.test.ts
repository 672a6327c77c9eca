import assert from "node:assert/strict";
import { test } from "node:test";
import { growths, medianSlope, ProcessLives } from "#test/day/process-lives.ts";

/** A life of `seconds` with a look each 5 s, whose memory and handles are functions of the time. */
function life(seconds: number, memory: (atS: number) => number, handles: (atS: number) => number = () => 20) {
  const times = Array.from({ length: Math.floor(seconds / 5) + 1 }, (_, n) => n * 5);
  const usages = times.map((atS) => ({ atS, memoryMiB: memory(atS), handles: handles(atS) }));
  return { name: "webhook", pid: 7, usages };
}

test("a process that only warms up, or whose heap goes up and down, does not grow", () => {
  const found = growths([
    life(600, (atS) => 100 + Math.min(atS, 240)),
    life(600, (atS) => 150 + 20 * Math.sin(atS / 9)),
    life(600, (atS) => (atS === 450 ? 900 : 150)),
  ]);
  assert.deepEqual(
    found.map(({ isTooMuch }) => isTooMuch),
    [false, false, false],
  );
});

test("a process that leaks memory or handles grows, by as much as it does", () => {
  const [memory, handles] = growths([
    life(600, (atS) => 100 + atS / 10),
    life(
      600,
      () => 100,
      (atS) => 20 + atS / 30,
    ),
  ]);
  assert.deepEqual([memory?.isTooMuch, handles?.isTooMuch], [true, true]);
  assert.equal(Math.round(memory?.memoryMiB ?? 0), 30);
  assert.equal(Math.round(handles?.handles ?? 0), 10);
});

test("a short life is not judged", () => {
  assert.deepEqual(growths([life(475, () => 100), life(0, () => 100), { name: "none", pid: 1, usages: [] }]), []);
});

test("each start of a program is a life of its own, and one that is gone is not looked at", () => {
  const lives = new ProcessLives();
  lives.look("me", process.pid, 1);
  lives.look("me", process.pid, 2);
  lives.look("parent", process.ppid, 2);
  lives.look("gone", 2 ** 22 + 1, 2);
  assert.deepEqual(
    lives.all.map(({ name, usages }) => [name, usages.length]),
    [
      ["me", 2],
      ["parent", 1],
    ],
  );
  assert.ok((lives.all[0]?.usages[0]?.memoryMiB ?? 0) > 10 && (lives.all[0]?.usages[0]?.handles ?? 0) > 3);
});

test("the median slope is that of the line, whatever a few points say", () => {
  const line = Array.from({ length: 500 }, (_, n): [number, number] => [n, n % 50 === 3 ? 1e6 : 3 * n + 1]);
  assert.equal(medianSlope(line), 3);
  assert.equal(medianSlope([]), 0);
});
