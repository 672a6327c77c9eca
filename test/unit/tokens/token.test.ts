import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createTokenSigner,
  dryRunToken,
  ephemeralTokenKey,
  type TokenSubject,
  verifyToken,
} from "#src/tokens/token.ts";

const subject: TokenSubject = {
  allocation: "01A",
  namespace: "default",
  name: "web",
  generateName: "",
  result: '[{"interface":"net1"}]',
};

async function signed(forSubject: TokenSubject = subject) {
  const signer = await createTokenSigner(ephemeralTokenKey());
  return { token: signer.sign(forSubject), keys: new Map([[signer.kid, signer.publicKey]]) };
}

const refusedBecause = (reason: RegExp) => (error: Error) => {
  assert.match(error.message, /^ForgedResult: /);
  assert.match(error.message, reason);
  return true;
};

describe("the token of an allocation", () => {
  it("is accepted for the pod and the result that it was made for", async () => {
    const { token, keys } = await signed();
    await verifyToken(token, subject, keys);
  });

  it("says what does not fit", async () => {
    const { token, keys } = await signed();
    const refuses = (change: Partial<TokenSubject>, reason: RegExp) =>
      assert.rejects(verifyToken(token, { ...subject, ...change }, keys), refusedBecause(reason));
    await refuses({ allocation: "01B" }, /another allocation/);
    await refuses({ namespace: "other" }, /another pod/);
    await refuses({ name: "web2" }, /another pod/);
    await refuses({ result: `${subject.result} ` }, /result was edited/);
  });

  it("fits every name that the API server makes of the generateName it was made for, and no other", async () => {
    const asked = { ...subject, name: "", generateName: "web-" };
    const { token, keys } = await signed(asked);
    await verifyToken(token, { ...asked, name: "web-x7k2p" }, keys);
    await assert.rejects(verifyToken(token, { ...asked, name: "db-x7k2p" }, keys), refusedBecause(/another pod/));
    await assert.rejects(
      verifyToken(token, { ...asked, generateName: "we", name: "web-x7k2p" }, keys),
      refusedBecause(/another pod/),
    );
  });

  it("names a key that is not ours as the reason, not the signature", async () => {
    const { token } = await signed();
    const { keys } = await signed();
    await assert.rejects(verifyToken(token, subject, keys), refusedBecause(/not signed with a key of ours/));
  });

  it("is refused when it is no token at all, or of a dry run", async () => {
    const { keys } = await signed();
    for (const text of ["", "a.b.c", dryRunToken]) {
      await assert.rejects(verifyToken(text, subject, keys), refusedBecause(/valid signature/));
    }
  });
});
