import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReloadedFiles } from "#certs/reloaded-files.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** A value that is read from `source`. Text that begins with `bad` cannot be used. */
function reloading() {
  const told: string[] = [];
  const source = { text: "one" };
  const files = new ReloadedFiles<string>(
    {
      files: [],
      name: "test",
      clock: new ManualClock(),
      logger: silentLogger,
      read: () =>
        source.text.startsWith("bad") ? Promise.reject(new Error(source.text)) : Promise.resolve(source.text),
      used: (value) => void told.push(`used ${value}`),
      refused: (reason) => void told.push(`refused: ${reason}`),
    },
    "one",
  );
  const reload = async (text: string): Promise<readonly string[]> => {
    told.length = 0;
    source.text = text;
    await files.refresh();
    return [...told];
  };
  return { files, reload };
}

describe("ReloadedFiles", () => {
  it("reads what changed, and calls its listeners until they are removed", async () => {
    const { files, reload } = reloading();
    const heard: string[] = [];
    const end = files.onChange((value) => void heard.push(value));
    assert.deepEqual(await reload("two"), ["used two"]);
    end();
    await reload("three");
    assert.deepEqual([heard, files.current()], [["two"], "three"]);
    await files.close();
  });

  it("does not call listeners for files with the same content", async () => {
    const { files, reload } = reloading();
    assert.deepEqual(await reload("one"), []);
    await files.close();
  });

  it("keeps the value when files cannot be used, and logs each cause once, until they were good again", async () => {
    const { files, reload } = reloading();
    assert.deepEqual(await reload("bad key"), ["refused: bad key"]);
    assert.deepEqual(await reload("bad key"), []);
    assert.deepEqual(await reload("bad date"), ["refused: bad date"]);
    assert.equal(files.current(), "one");
    await reload("one");
    assert.deepEqual(await reload("bad date"), ["refused: bad date"]);
    await files.close();
  });
});
