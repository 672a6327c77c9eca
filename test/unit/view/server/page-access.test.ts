import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { PageAccess } from "#src/view/server/page-access.ts";

const cookieOf = (header = ""): string => header.split(";")[0] ?? "";

test("a token is exchanged once for a cookie that admits", () => {
  const access = new PageAccess(randomBytes);
  const { token = "" } = access;
  assert.ok(Buffer.from(token, "base64url").length >= 32);
  assert.equal(access.exchange(`${token}x`), undefined);
  const header = access.exchange(token);
  assert.match(header ?? "", /; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.ok(access.admits(`theme=dark; ${cookieOf(header)}`));
  assert.equal(access.exchange(token), undefined, "a token is good once");
  assert.equal(access.token, undefined);
});

test("no cookie, another's cookie and the token itself do not admit", () => {
  const access = new PageAccess(randomBytes);
  const other = new PageAccess(randomBytes);
  const { token = "" } = access;
  const own = cookieOf(access.exchange(token));
  const [name = ""] = own.split("=");
  for (const cookie of [
    undefined,
    "",
    name,
    `${name}=`,
    `${name}=${token}`,
    cookieOf(other.exchange(other.token ?? "")),
  ])
    assert.ok(!access.admits(cookie), String(cookie));
});
