import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { createAuthority, issueServing } from "#certs/authority.ts";
import { publication, readPublished } from "#certs/published-bundle.ts";
import { systemClock } from "#src/core/clock.ts";

const configMap = (data?: Readonly<Record<string, string>>) => ({
  metadata: { name: "ca", uid: "u", resourceVersion: "1" },
  ...(data === undefined ? {} : { data }),
});

describe("the published bundle", () => {
  const options = { clock: systemClock, validityMs: 3_600_000, randomBytes };
  let authority = "";
  let leaf = "";
  before(async () => {
    const made = await createAuthority("test", options);
    authority = made.cert;
    leaf = (await issueServing(made, ["a.svc"], options)).cert;
  });

  it("is written only where it differs, and beside nothing else", () => {
    assert.deepEqual(publication(undefined, "pem"), { data: { "ca.crt": "pem" } });
    assert.deepEqual(publication(configMap(), "pem"), { data: { "ca.crt": "pem" } });
    assert.deepEqual(publication(configMap({ "ca.crt": "old" }), "pem"), { data: { "ca.crt": "pem" } });
    assert.equal(publication(configMap({ "ca.crt": "pem" }), "pem"), undefined);
  });

  it("is the text of the ConfigMap, and is undefined while there is none", () => {
    assert.equal(readPublished(undefined), undefined);
    assert.equal(readPublished(configMap({ "ca.crt": authority + authority })), authority + authority);
  });

  it("is refused when it has no certificate, something else, or too much", () => {
    const refused = (text: string | undefined, message: RegExp) => {
      const object = configMap(text === undefined ? undefined : { "ca.crt": text });
      assert.throws(() => readPublished(object), { code: "ConfigInvalid", message });
    };
    refused(undefined, /no certificate/);
    refused("nonsense", /no certificate/);
    refused(authority + leaf, /no authority's/);
    refused(authority.repeat(17), /more than 16/);
  });
});
