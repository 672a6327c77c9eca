import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { assertKept, removeOldBackups, storeBackup, whyNotKept } from "#src/commands/backup/backup-folder.ts";
import { hasCode } from "#src/core/errors.ts";
import { printBackup } from "#src/ovsdb/backup/backup-file.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const schema = { name: "OVN_Northbound", version: "7.0.0", tables: {} };
const text = printBackup({ schema, tables: new Map([["NB_Global", new Map([["a", {}]])]]), madeAtMs: 1 });
const dayMs = 86_400_000;

it("keeps the newest backups, and files that are not ours", async () => {
  using folder = createTemporaryFolder("backups");
  writeFileSync(join(folder.path, "notes"), "");
  writeFileSync(join(folder.path, "ovn-nb-20200101T000000Z.db.part"), "half");
  for (let day = 0; day < 4; day += 1)
    await storeBackup(folder.path, text, Date.UTC(2026, 10, 29, 2, 17) + day * dayMs);
  // Another run is at work.
  writeFileSync(join(folder.path, "ovn-nb-20261202T021600Z.db.part"), "half");
  assert.deepEqual(await removeOldBackups(folder.path, 2, Date.UTC(2026, 11, 2, 2, 17)), [
    "ovn-nb-20261129T021700Z.db",
    "ovn-nb-20261130T021700Z.db",
  ]);
  assert.deepEqual(readdirSync(folder.path).sort(), [
    "notes",
    "ovn-nb-20261201T021700Z.db",
    "ovn-nb-20261202T021600Z.db.part",
    "ovn-nb-20261202T021700Z.db",
  ]);
});

it("refuses a folder that ends with its pod", async () => {
  using folder = createTemporaryFolder("backups");
  const volumes = "/var/lib/kubelet/pods/1/volumes";
  const root = "21 1 0:20 / / rw - overlay overlay rw";
  const mounts = (kind: string) =>
    `${root}\n30 21 8:1 ${volumes}/${kind}/backup ${folder.path} rw - ext4 /dev/sda1 rw\n`;
  assert.equal(whyNotKept(mounts("kubernetes.io~empty-dir"), folder.path), "an emptyDir");
  assert.equal(whyNotKept(mounts("kubernetes.io~csi"), folder.path), undefined);
  assert.equal(whyNotKept(root, folder.path), "in the file system of the container");
  const file = join(folder.path, "mounts");
  writeFileSync(file, mounts("kubernetes.io~empty-dir"));
  await assert.rejects(assertKept(folder.path, true, file), (error) => {
    return hasCode(error, "BackupInvalid") && /is an emptyDir, .*PersistentVolumeClaim/.test(error.message);
  });
  await assert.rejects(assertKept(join(folder.path, "none"), true), (error) => {
    return hasCode(error, "BackupInvalid") && /^there is no folder .*none; make it, /.test(error.message);
  });
});
