import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadTokenKey } from "#src/commands/keys/token-key.ts";

describe("the token key", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "token-key-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string | Buffer): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  test("is read from its file", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const path = await file("ed.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
    assert.ok((await loadTokenKey(path)).equals(privateKey));
  });

  test("is made for this process when there is no file", async () => {
    const key = await loadTokenKey(undefined);
    assert.equal(key.asymmetricKeyType, "ed25519");
    assert.ok(!key.equals(await loadTokenKey(undefined)));
  });

  test("of another type, unreadable or absent is refused with its path", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const wrong = await file("ec.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
    await assert.rejects(loadTokenKey(wrong), { code: "ConfigInvalid", message: /ec\.pem .*type ec/ });
    await assert.rejects(loadTokenKey(await file("x.pem", "no key")), { code: "ConfigInvalid", message: /x\.pem/ });
    await assert.rejects(loadTokenKey(join(folder, "gone.pem")), { code: "ConfigInvalid", message: /gone\.pem/ });
  });
});
