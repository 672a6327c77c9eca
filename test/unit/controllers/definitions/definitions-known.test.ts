import assert from "node:assert/strict";
import { test } from "node:test";
import { whenDefinitionsKnown } from "#src/controllers/definitions/definitions-known.ts";
import { AppError } from "#src/core/errors.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";

const late = () => Promise.reject(new AppError("DeadlineExceeded", "first read of policy-definitions"));
const unread = { hasSynced: false, whenSynced: late };

test("policies wait for no definitions where the API server does not know their kind", async () => {
  const client = new FakeApiClient(() => {
    throw statusError(404, "NotFound");
  });
  await whenDefinitionsKnown(unread, client, {});
});

test("no policy is applied while the definitions cannot be read, for whatever other reason", async () => {
  for (const [status, reason] of [
    [403, "Forbidden"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
  ] as const) {
    const client = new FakeApiClient(() => {
      throw statusError(status, reason);
    });
    await assert.rejects(whenDefinitionsKnown(unread, client, {}), new RegExp(reason));
  }
});

test("no policy is applied before all definitions were read", async () => {
  const client = new FakeApiClient(() => listOf([], "1"));
  await assert.rejects(whenDefinitionsKnown(unread, client, {}), /first read of policy-definitions/);
});

test("nobody is asked when the definitions were read", async () => {
  const client = new FakeApiClient(() => listOf([], "1"));
  await whenDefinitionsKnown({ hasSynced: true, whenSynced: late }, client, {});
  assert.deepEqual(client.requests, []);
});
