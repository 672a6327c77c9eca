import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FileWatch } from "#certs/file-watch.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const common = { name: "test", logger: silentLogger };

describe("FileWatch", () => {
  it("reads when something changes in a folder of its files, without waiting for the next poll", async () => {
    using folder = createTemporaryFolder("file-watch");
    const read = Promise.withResolvers<undefined>();
    const files = [join(folder.path, "tls.crt"), join(folder.path, "tls.key")];
    const watch = new FileWatch({
      ...common,
      files,
      clock: new ManualClock(),
      read: () => {
        read.resolve(undefined);
        return Promise.resolve();
      },
    });
    writeFileSync(join(folder.path, "tls.crt"), "x");
    await read.promise;
    await watch.close();
  });

  it("polls where the folder cannot be watched, until it is closed", async () => {
    const clock = new ManualClock();
    let reads = 0;
    const watch = new FileWatch({
      ...common,
      files: ["/no/such/folder/tls.crt"],
      clock,
      pollMs: 1_000,
      read: () => Promise.resolve(void (reads += 1)),
    });
    await clock.advance(1_000);
    await clock.advance(1_000);
    assert.equal(reads, 2);
    await watch.close();
    await clock.advance(5_000);
    assert.equal(reads, 2);
  });

  it("reads again after a reading that was under way when it was asked, and never twice at a time", async () => {
    const readings: (() => void)[] = [];
    let atOnce = 0;
    const watch = new FileWatch({
      ...common,
      files: [],
      clock: new ManualClock(),
      read: async () => {
        atOnce += 1;
        assert.equal(atOnce, 1);
        await new Promise<void>((resolve) => readings.push(resolve));
        atOnce -= 1;
      },
    });
    const first = watch.refresh();
    const [second, third] = [watch.refresh(), watch.refresh()];
    readings[0]?.();
    await new Promise(setImmediate);
    assert.equal(readings.length, 2, "one more reading serves both");
    readings[1]?.();
    await Promise.all([first, second, third]);
    assert.equal(readings.length, 2);
    await watch.close();
  });
});
