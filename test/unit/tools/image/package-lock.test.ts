import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ovnVersion, packageLockFile, parsePackageLock, printPackageLock } from "#tools/image/package-lock.ts";

const text = readFileSync(packageLockFile, "utf8");
const lock = parsePackageLock(text);

test("the lock in the repository is as the renewal prints it", () => {
  assert.equal(printPackageLock({ ...lock, packages: lock.packages.toReversed() }), text);
});

test("the lock has OVN, Open vSwitch and what they load, each once, by a hash of its own", () => {
  const names = lock.packages.map(({ name }) => name);
  for (const name of ["ovn-central", "ovn-host", "openvswitch-switch", "libc6", "libssl3t64", "busybox-static"]) {
    assert.ok(names.includes(name), name);
  }
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(lock.packages.map(({ sha256 }) => sha256)).size, names.length);
});

test("the version of OVN is that of its package without Debian's revision", () => {
  const [first] = lock.packages;
  assert.ok(first);
  const of = (version: string): string =>
    ovnVersion({ ...lock, packages: [{ ...first, name: "ovn-common", version }] });
  assert.equal(of("25.03.0-1"), "25.03.0");
  assert.equal(of("1:26.03.1~rc-1-2+b1"), "26.03.1~rc-1");
});

test("a path that leaves the mirror is refused", () => {
  const [first] = lock.packages;
  assert.throws(() => parsePackageLock(JSON.stringify({ ...lock, packages: [{ ...first, path: "../etc/passwd" }] })));
});
