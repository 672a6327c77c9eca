import assert from "node:assert/strict";
import { test } from "node:test";
import { loginHeaders, loginPage } from "#src/view/server/login/login-page.ts";

test("names and faults of others are text", () => {
  const text = loginPage({ audience: `"><script>`, fault: "<img src=x>", user: `<b onclick='x'>&` });
  assert.doesNotMatch(text, /<script|<img|<b onclick/);
  assert.match(text, /&lt;b onclick=&#39;x&#39;&gt;&amp;/);
});

test("its policy lets no script in, and its form go to its own server alone", () => {
  const policy = loginHeaders["content-security-policy"] ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /form-action 'self'/);
  assert.doesNotMatch(loginPage({ audience: "a" }), /<script|style=/);
});
