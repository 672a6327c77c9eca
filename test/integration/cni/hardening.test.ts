// The programs in C run as root on every node, so their files have what compiler and linker can do for them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { compileProgram } from "#cni/compile.ts";
import { whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

/** The numbers are those of elf(5). */
const sharedObject = 3;
const segments = { dynamic: 2, interpreter: 3, stack: 0x6474e551, relro: 0x6474e552 };
const tags = { flags: 30n, flags1: 0x6ffffffbn };
const bindNow = 0x8n;
const positionIndependent = 0x08000000n;
const executable = 1;

function readElf(path: string) {
  const bytes = readFileSync(path);
  assert.equal(bytes.toString("latin1", 0, 4), "\x7fELF");
  const [offset, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, n) => {
    const at = offset + n * size;
    const [from, length] = [at + 8, at + 32].map((place) => Number(bytes.readBigUInt64LE(place))) as [number, number];
    return { type: bytes.readUInt32LE(at), flags: bytes.readUInt32LE(at + 4), from, length };
  });
  const segment = (type: number) => headers.find((header) => header.type === type);
  const { from = 0, length = 0 } = segment(segments.dynamic) ?? {};
  const dynamic = new Map<bigint, bigint>();
  for (let at = from; at < from + length; at += 16)
    dynamic.set(bytes.readBigUInt64LE(at), bytes.readBigUInt64LE(at + 8));
  return { type: bytes.readUInt16LE(16), segment, dynamic, text: bytes.toString("latin1") };
}

for (const name of ["ovn4nfv-cni", "ovn4nfv-netlink"] as const) {
  describe(name, { skip: whyProgramsAreMissing(["cc"]) }, () => {
    let elf: ReturnType<typeof readElf>;
    before(async () => {
      using folder = createTemporaryFolder("hardening");
      elf = readElf(await compileProgram(name, folder.path));
    });

    it("needs no loader and no library, and still is at another address each time", () => {
      assert.equal(elf.segment(segments.interpreter), undefined);
      assert.equal(elf.type, sharedObject);
      assert.equal((elf.dynamic.get(tags.flags1) ?? 0n) & positionIndependent, positionIndependent);
    });

    it("has its tables of addresses filled and closed to writing before it runs", () => {
      assert.ok((elf.segment(segments.relro)?.length ?? 0) > 0);
      assert.equal((elf.dynamic.get(tags.flags) ?? 0n) & bindNow, bindNow);
    });

    it("has a stack that cannot be executed, and ends when a buffer overflows", () => {
      const { flags = executable } = elf.segment(segments.stack) ?? {};
      assert.equal(flags & executable, 0);
      for (const said of ["buffer overflow detected", "stack smashing detected"]) assert.ok(elf.text.includes(said));
    });
  });
}
