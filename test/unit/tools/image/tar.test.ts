import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { writeTar } from "#tools/image/tar.ts";

describe("the tar writer", () => {
  it("writes what tar reads: modes, sizes, links, contents", () => {
    const archive = writeTar([
      { kind: "folder", path: "bin" },
      { kind: "file", path: "bin/tool", content: Buffer.from("x".repeat(513)), executable: true },
      { kind: "file", path: "note", content: Buffer.from("") },
      { kind: "link", path: "bin/other", target: "tool" },
    ]);
    const tar = (...args: string[]) => spawnSync("tar", args, { input: archive, env: { TZ: "UTC" } });
    const listed = tar("-tv").stdout.toString();
    assert.equal(
      listed.replaceAll(/ +/g, " "),
      [
        "drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/",
        "-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/tool",
        "-rw-r--r-- 0/0 0 1970-01-01 00:00 note",
        "lrwxr-xr-x 0/0 0 1970-01-01 00:00 bin/other -> tool",
        "",
      ].join("\n"),
    );
    assert.equal(tar("-xO", "bin/tool").stdout.length, 513);
    assert.equal(archive.length % 512, 0);
  });

  it("refuses a path that the format cannot hold", () => {
    assert.throws(() => writeTar([{ kind: "folder", path: "x".repeat(100) }]), /does not fit into 100 bytes/);
  });
});
