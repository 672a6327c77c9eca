import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeHead, loopbackAuthorities, type RequestHead } from "#src/view/server/request-guard.ts";

const names = loopbackAuthorities(8080);
const own: RequestHead = {
  method: "GET",
  host: "127.0.0.1:8080",
  origin: undefined,
  fetchSite: undefined,
  isApi: true,
  takesPost: false,
};
const codeOf = (head: Partial<RequestHead>): string | undefined => judgeHead({ ...own, ...head }, names, "http")?.code;

test("a GET of the page itself passes, by either name of the loopback", () => {
  assert.equal(codeOf({}), undefined);
  assert.equal(
    codeOf({ host: "LOCALHOST:8080", origin: "http://localhost:8080", fetchSite: "same-origin" }),
    undefined,
  );
  assert.equal(codeOf({ fetchSite: "none" }), undefined);
});

test("another name for this machine is refused, also with another port or none", () => {
  for (const host of [undefined, "", "evil.example:8080", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:8080"]) {
    assert.equal(codeOf({ host }), "WrongHost", String(host));
  }
});

test("a script of another site is refused", () => {
  for (const origin of ["null", "http://evil.example", "https://127.0.0.1:8080", "http://localhost:8080", ""]) {
    assert.equal(codeOf({ origin }), "WrongOrigin", origin);
  }
  assert.equal(codeOf({ fetchSite: "cross-site" }), "WrongOrigin");
  assert.equal(codeOf({ fetchSite: "same-site" }), "WrongOrigin");
  assert.equal(codeOf({ fetchSite: "cross-site", isApi: false }), undefined, "a person may follow a link");
});

test("only GET is allowed", () => {
  for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]) {
    assert.equal(codeOf({ method }), "WrongMethod", method);
  }
});

test("a form of the page is taken by POST, when the browser says that it comes from the page itself", () => {
  const secure = (head: Partial<RequestHead>): string | undefined =>
    judgeHead({ ...own, isApi: false, takesPost: true, method: "POST", ...head }, new Set(["view.example"]), "https")
      ?.code;
  const form = { host: "view.example", origin: "https://view.example", fetchSite: "same-origin" };
  assert.equal(secure(form), undefined);
  for (const head of [
    { origin: undefined },
    { origin: "null" },
    { origin: "http://view.example" },
    { fetchSite: "same-site" },
  ]) {
    assert.equal(secure({ ...form, ...head }), "WrongOrigin", JSON.stringify(head));
  }
  assert.equal(secure({ ...form, takesPost: false }), "WrongMethod");
});
