import assert from "node:assert/strict";
import { test } from "node:test";
import { nameByDigest } from "#tools/image/name-by-digest.ts";

const digest = `sha256:${"0".repeat(64)}`;

test("each container of the image names it by tag and digest, and other images stay as they are", () => {
  const manifests =
    "      - image: ovn4nfv:0.1.0\n        image: ovn4nfv:0.1.0\n        image: busybox:1\n# ovn4nfv:0.1.0\n";
  assert.equal(
    nameByDigest(manifests, "ovn4nfv:0.1.0", digest),
    `      - image: ovn4nfv:0.1.0@${digest}\n        image: ovn4nfv:0.1.0@${digest}\n        image: busybox:1\n# ovn4nfv:0.1.0\n`,
  );
});

test("manifests without the image are an error: nothing would be pinned", () => {
  assert.throws(() => nameByDigest("image: ovn4nfv:0.2.0\n", "ovn4nfv:0.1.0", digest), /do not use ovn4nfv:0\.1\.0/);
});
