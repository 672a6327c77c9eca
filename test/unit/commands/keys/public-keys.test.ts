import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadPublicKeys } from "#src/commands/keys/public-keys.ts";
import { keyId } from "#src/tokens/token.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

test("every file gives one key by its id; a private key gives its public half", async () => {
  using folder = createTemporaryFolder("keys");
  const [first, second] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
  const [a, b] = [join(folder.path, "a"), join(folder.path, "b")];
  writeFileSync(a, first.publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(b, second.privateKey.export({ type: "pkcs8", format: "pem" }));
  const keys = await loadPublicKeys([a, b]);
  assert.deepEqual([...keys.keys()], [await keyId(first.publicKey), await keyId(second.publicKey)]);
  assert.deepEqual(
    keys
      .values()
      .map(({ type }) => type)
      .toArray(),
    ["public", "public"],
  );
});

test("a file that is missing, no key, or a key of another kind is told by its name", async () => {
  using folder = createTemporaryFolder("keys");
  const path = join(folder.path, "rsa");
  await assert.rejects(loadPublicKeys([path]), { code: "ConfigInvalid", message: new RegExp(`^${path} `) });
  writeFileSync(path, "no key");
  await assert.rejects(loadPublicKeys([path]), { code: "ConfigInvalid" });
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(path, publicKey.export({ type: "spki", format: "pem" }));
  await assert.rejects(loadPublicKeys([path]), { code: "ConfigInvalid", message: /a key of type ec/ });
});
