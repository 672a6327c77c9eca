import assert from "node:assert/strict";
import { test } from "node:test";
import { pathsIn } from "#tools/ovn/debian-packages.ts";

test("the path of each package below the mirror is read from what apt prints, by the name of its file", () => {
  const printed = [
    "Reading package lists...",
    "'http://deb.debian.org/debian/pool/main/g/glibc/libc6_2.41-12%2bdeb13u5_amd64.deb' libc6_2.41-12+deb13u5_amd64.deb 2850108 MD5Sum:3cf6",
    "'http://deb.debian.org/debian/pool/main/b/busybox/busybox-static_1.37.0-6%2bb9_amd64.deb' busybox-static_1%3a1.37.0-6+b9_amd64.deb 9 SHA256:11",
  ].join("\n");
  assert.deepEqual(
    [...pathsIn(printed)],
    [
      ["libc6_2.41-12+deb13u5_amd64.deb", "pool/main/g/glibc/libc6_2.41-12%2bdeb13u5_amd64.deb"],
      ["busybox-static_1%3a1.37.0-6+b9_amd64.deb", "pool/main/b/busybox/busybox-static_1.37.0-6%2bb9_amd64.deb"],
    ],
  );
});
