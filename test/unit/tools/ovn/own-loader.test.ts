import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { librariesIn, loaderScript } from "#tools/ovn/own-loader.ts";

describe("the libraries of a program", () => {
  it("are those that its loader found, without the loader and what the kernel has", () => {
    const listed = [
      "\tlinux-vdso.so.1 (0x00007efc23278000)",
      "\tlibssl.so.3 => /x/usr/lib/libssl.so.3 (0x00007efc22c95000)",
      "\t/lib64/ld-linux-x86-64.so.2 => /x/usr/lib/ld-linux-x86-64.so.2 (0x00007efc2327a000)",
    ];
    assert.deepEqual([...librariesIn(listed.join("\n"))], [["libssl.so.3", "/x/usr/lib/libssl.so.3"]]);
  });
});

describe("the script of a program", () => {
  it("starts it under its own name and in its own process, with the arguments as they came", () => {
    assert.equal(
      loaderScript("/c/lib/ld.so", "/c/lib", "/c/program/ovn-northd"),
      `#!/bin/sh\nexec '/c/lib/ld.so' '--library-path' '/c/lib' '--argv0' 'ovn-northd' '/c/program/ovn-northd' "$@"\n`,
    );
  });
});
