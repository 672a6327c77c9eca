import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadPublicKeys, loadTokenKey } from "#src/commands/keys/key-files.ts";
import { keyId } from "#src/tokens/token.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "key-files-"));
});
after(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const privatePem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" });
const publicPem = (key: KeyObject) => key.export({ type: "spki", format: "pem" });

test("every file gives one public key by its id, also a file with a private key", async () => {
  const [first, second] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
  const paths = [await file("a", publicPem(first.publicKey)), await file("b", privatePem(second.privateKey))];
  const keys = await loadPublicKeys(paths);
  assert.deepEqual([...keys.keys()], [await keyId(first.publicKey), await keyId(second.publicKey)]);
  assert.deepEqual(
    [...keys.values()].map(({ type }) => type),
    ["public", "public"],
  );
});

test("a file of public keys that is missing, no key, or a key of another kind is refused with its path", async () => {
  const gone = join(folder, "gone");
  await assert.rejects(loadPublicKeys([gone]), { code: "ConfigInvalid", message: new RegExp(`^${gone} `) });
  await assert.rejects(loadPublicKeys([await file("text", "no key")]), { code: "ConfigInvalid" });
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wrong = await file("ec", publicPem(publicKey));
  await assert.rejects(loadPublicKeys([wrong]), { code: "ConfigInvalid", message: /a key of type ec/ });
});

test("the key that signs is read from its file", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  assert.ok((await loadTokenKey(await file("ed.pem", privatePem(privateKey)))).equals(privateKey));
});

test("the key that signs is made for this process when there is no file", async () => {
  const key = await loadTokenKey(undefined);
  assert.equal(key.asymmetricKeyType, "ed25519");
  assert.ok(!key.equals(await loadTokenKey(undefined)));
});

test("a key to sign with that is of another type, unreadable or absent is refused with its path", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wrong = await file("ec.pem", privatePem(privateKey));
  await assert.rejects(loadTokenKey(wrong), { code: "ConfigInvalid", message: /ec\.pem .*type ec/ });
  await assert.rejects(loadTokenKey(await file("x.pem", "no key")), { code: "ConfigInvalid", message: /x\.pem/ });
  await assert.rejects(loadTokenKey(join(folder, "gone.pem")), { code: "ConfigInvalid", message: /gone\.pem/ });
});
