import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { KeyStore } from "#src/tokens/key-store.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

type Stored = { metadata: { name: string; uid: string; resourceVersion: string }; data: Record<string, string> };

/** A server of Secrets and ConfigMaps with the API server's rules about names and resourceVersions. */
class ObjectServer {
  readonly objects = new Map<string, Stored>();
  #version = 0;

  readonly answer = ({ method, path, body }: ApiRequest): unknown => {
    const [, collection = ""] = /\/(secrets|configmaps)/.exec(path) ?? [];
    const sent = body as { metadata: { resourceVersion?: string }; data: Record<string, string | null> } | undefined;
    const before = this.objects.get(collection);
    if (method === "POST" && before !== undefined) throw statusError(409, "AlreadyExists");
    if (method !== "POST" && before === undefined) throw statusError(404, "NotFound");
    if (method === "GET") return structuredClone(before);
    if (method === "PATCH" && sent?.metadata.resourceVersion !== before?.metadata.resourceVersion) {
      throw statusError(409, "Conflict");
    }
    this.#version += 1;
    const merged = Object.entries({ ...before?.data, ...sent?.data });
    const data = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
    const stored = { metadata: { name: collection, uid: collection, resourceVersion: String(this.#version) }, data };
    this.objects.set(collection, stored);
    return structuredClone(stored);
  };
}

function open() {
  const server = new ObjectServer();
  const places = { namespace: "n", secret: "s", configMap: "c" };
  return { server, store: new KeyStore(new FakeApiClient(server.answer), places, new ManualClock()) };
}

async function withFirstKey() {
  const { server, store } = open();
  assert.ok(await store.create(await store.read({}), {}));
  assert.equal(await store.publish(await store.read({}), {}), false);
  const stored = await store.read({});
  return { server, store, stored, first: stored.ring?.signing ?? "" };
}

test("of two that make the first key one does, and the other finds it", async () => {
  const { store } = open();
  const seen = await store.read({});
  assert.deepEqual([await store.create(seen, {}), await store.create(seen, {})], [true, false]);
  assert.equal((await store.read({})).ring?.keys.size, 1);
});

test("every key of the Secret is published, once", async () => {
  const { store, stored, first } = await withFirstKey();
  assert.deepEqual([...stored.published.keys()], [first]);
  assert.equal(await store.publish(stored, {}), true);
});

test("the next key waits beside the first, and when it signs the first one's private part is gone", async () => {
  const { server, store, stored, first } = await withFirstKey();
  const next = (await store.addNext(stored, {})) ?? "";
  await store.publish(await store.read({}), {});
  const waiting = await store.read({});
  assert.deepEqual([waiting.ring?.signing, [...(waiting.ring?.keys.keys() ?? [])]], [first, [first, next]]);
  assert.ok(await store.promote(waiting, next, {}));
  const after = await store.read({});
  assert.deepEqual([after.ring?.signing, [...after.published.keys()]], [next, [first, next]]);
  assert.ok(!JSON.stringify(server.objects.get("secrets")).includes(first));
});

test("a key that is removed is in neither object, and an older read cannot bring it back", async () => {
  const { server, store, stored } = await withFirstKey();
  const next = (await store.addNext(stored, {})) ?? "";
  const stale = await store.read({});
  await store.publish(stale, {});
  assert.ok(await store.remove(await store.read({}), [next], {}));
  await store.publish(stale, {});
  for (const { data } of server.objects.values()) assert.ok(!JSON.stringify(data).includes(next));
});
