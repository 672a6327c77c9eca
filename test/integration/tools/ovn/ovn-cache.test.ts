import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { ensureOvn, type OvnRelease } from "#tools/ovn/ovn-cache.ts";
import { Progress } from "#tools/process/progress.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const weekMs = 7 * 24 * 3_600_000;

/** A mirror that has the given versions, one after the other, and answers no more after the last. */
function mirrorWith(...versions: readonly string[]) {
  const left = [...versions];
  return (suite: string, folder: string): Promise<Omit<OvnRelease, "askedAtMs">> => {
    const ovn = left.shift();
    if (ovn === undefined) return Promise.reject(new AppError("CommandFailed", "the mirror does not answer"));
    const binaries = join(folder, suite, ovn, "bin");
    mkdirSync(binaries, { recursive: true });
    writeFileSync(join(binaries, "ovn-northd"), "");
    return Promise.resolve({ ovn, openVswitch: "1.0.0", binaries });
  };
}

function cacheAt(path: string, fetch: ReturnType<typeof mirrorWith>) {
  const lines: string[] = [];
  const progress = new Progress((line) => lines.push(line));
  const at = async (week: number): Promise<string> => {
    const env = { XDG_CACHE_HOME: path };
    const release = await ensureOvn("sid", { env, progress, fetch, clock: { now: () => week * weekMs } });
    return release.ovn;
  };
  return { at, lines };
}

describe("the cache of OVN", () => {
  it("fetches a suite once, and again when it may have something newer", async () => {
    using folder = createTemporaryFolder("test");
    const { at } = cacheAt(folder.path, mirrorWith("1.0.0", "2.0.0"));
    assert.deepEqual(await Promise.all([at(1), at(1)]), ["1.0.0", "1.0.0"]);
    assert.equal(await at(1.5), "1.0.0");
    assert.equal(await at(2), "2.0.0");
  });

  it("keeps the version before, which may be running, and no older one", async () => {
    using folder = createTemporaryFolder("test");
    const { at } = cacheAt(folder.path, mirrorWith("1.0.0", "2.0.0", "3.0.0"));
    for (const week of [1, 2, 3]) await at(week);
    assert.deepEqual(readdirSync(join(folder.path, "ovn4nfv/ovn/sid")), ["2.0.0", "3.0.0"]);
  });

  it("goes on with what it has while the mirror does not answer, and says so", async () => {
    using folder = createTemporaryFolder("test");
    const { at, lines } = cacheAt(folder.path, mirrorWith("1.0.0"));
    assert.equal(await at(1), "1.0.0");
    assert.equal(await at(2), "1.0.0");
    assert.match(lines.at(-1) ?? "", /OVN 1\.0\.0 of Debian sid may be old: the mirror does not answer/);
  });

  it("fails when it has nothing, and when what it had was taken away", async () => {
    using folder = createTemporaryFolder("test");
    const { at } = cacheAt(folder.path, mirrorWith());
    await assert.rejects(at(1), /the mirror does not answer/);
    const binaries = join(folder.path, "gone/bin");
    const record = { ovn: "1.0.0", openVswitch: "1.0.0", binaries, askedAtMs: weekMs };
    const file = join(folder.path, "ovn4nfv/ovn/sid.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(record));
    await assert.rejects(at(1), /the mirror does not answer/);
  });
});
