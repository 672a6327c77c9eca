import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasCode } from "#src/core/errors.ts";
import { printBackup, readBackup } from "#src/ovsdb/backup/backup-file.ts";

const schema = {
  name: "OVN_Northbound",
  version: "7.0.0",
  tables: { Logical_Switch: { columns: { name: { type: "string" } } } },
};
const tables = new Map([["Logical_Switch", new Map([["5d8a4a4e-0f7f-4a5b-8f6e-1d1f3c9f0a11", { name: "blau-ö" }]])]]);
const whole = Buffer.from(printBackup({ schema, tables, madeAtMs: 1_764_000_000_000 }));

describe("the file of a backup", () => {
  it("is read as it was written", () => {
    const read = readBackup(whole, "file");
    assert.deepEqual(read.tables, tables);
    assert.equal(read.madeAtMs, 1_764_000_000_000);
  });

  const damaged = Buffer.from(whole);
  damaged[whole.length - 10] = 0x21;
  const cases: readonly (readonly [what: string, bytes: Buffer, says: RegExp])[] = [
    ["cut off", whole.subarray(0, whole.length - 20), /is cut off; take another backup/],
    ["cut off in a header", whole.subarray(0, whole.indexOf("OVSDB JSON", 20) + 15), /is damaged; take another backup/],
    ["cut off after the schema", whole.subarray(0, whole.indexOf("OVSDB JSON", 20)), /has a schema and no rows/],
    ["damaged", damaged, /a checksum does not fit; take another backup/],
    ["empty", Buffer.alloc(0), /is empty/],
    ["something else", Buffer.from("apiVersion: v1\n"), /is no OVSDB database; name a file that `ovn4nfv backup`/],
    [
      "the log of a cluster member",
      Buffer.from("OVSDB CLUSTER 10 ab\n"),
      /member of a cluster; .*cluster-to-standalone/,
    ],
  ];
  for (const [what, bytes, says] of cases) {
    it(`is refused when it is ${what}, and the refusal says what to do`, () => {
      assert.throws(
        () => readBackup(bytes, "file"),
        (error) => hasCode(error, "BackupInvalid") && says.test(error.message),
      );
    });
  }
});
