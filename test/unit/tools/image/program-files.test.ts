import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foldersOf, librariesOf } from "#tools/image/program-files.ts";

describe("the libraries of a program", () => {
  it("are those with a path, and the loader", () => {
    const listing = [
      "\tlinux-vdso.so.1 (0x00007f0eeea13000)",
      "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0eee41e000)",
      "\t/lib64/ld-linux-x86-64.so.2 (0x00007f0eeea15000)",
      "",
    ].join("\n");
    assert.deepEqual(librariesOf(listing), ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
  });

  it("must be there: an image that lacks one is not made", () => {
    assert.throws(() => librariesOf("\tlibmnl.so.0 => not found\n"), /libmnl\.so\.0 is not on this machine/);
  });
});

describe("the folders of files", () => {
  it("come before what is in them, each once", () => {
    const paths = foldersOf(["opt/a/b", "bin/x", "opt/c"]).map(({ path }) => path);
    assert.deepEqual(paths, ["bin", "opt", "opt/a"]);
  });
});
