// Objects, watches and the server's history may change in any way. In the end the informer and its handlers know what the
// server has, and each change that a handler got follows from the one before.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient, ApiRequest } from "#src/kube/client/api-client.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { resources } from "#src/kube/client/resources.ts";
import { listOf, pod, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatch } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

type Pod = ReturnType<typeof pod>;

/** A server with the API server's rules about resourceVersions, for one collection. */
class ModelServer implements ApiClient {
  readonly objects = new Map<string, Pod>();
  readonly #watchList: boolean;
  #history: { readonly version: number; readonly type: string; readonly object: Pod }[] = [];
  #version = 1;
  #uids = 0;
  /** The server has forgotten the history before this. */
  #oldest = 0;
  #open: FakeWatch[] = [];
  #down = 0;

  constructor(watchList: boolean) {
    this.#watchList = watchList;
  }

  request(): Promise<unknown> {
    return Promise.try(() => {
      this.#answerOrFail();
      return listOf([...this.objects.values()], String(this.#version));
    });
  }

  stream(request: ApiRequest): Promise<FakeWatch> {
    return Promise.try(() => {
      this.#answerOrFail();
      const opened = new FakeWatch(request);
      if (request.query?.["sendInitialEvents"] === true) {
        if (!this.#watchList) throw statusError(422, "Invalid");
        for (const object of this.objects.values()) opened.send("ADDED", object);
        opened.bookmark(String(this.#version), true);
      } else {
        const from = Number(request.query?.["resourceVersion"]);
        if (from < this.#oldest) throw statusError(410, "Expired");
        for (const { version, type, object } of this.#history) if (version > from) opened.send(type, object);
      }
      this.#open.push(opened);
      return opened;
    });
  }

  put(name: string): void {
    const old = this.objects.get(name);
    this.#version += 1;
    const uid = old?.metadata.uid ?? `uid-${(this.#uids += 1)}`;
    const object = pod(name, String(this.#version), { uid });
    this.objects.set(name, object);
    this.#tell(old === undefined ? "ADDED" : "MODIFIED", object);
  }

  remove(name: string): void {
    const old = this.objects.get(name);
    if (old === undefined) return;
    this.#version += 1;
    this.objects.delete(name);
    this.#tell("DELETED", pod(name, String(this.#version), { uid: old.metadata.uid }));
  }

  bookmark(): void {
    for (const opened of this.#open) opened.bookmark(String(this.#version));
  }

  endWatches(how: "end" | "break" | "expire"): void {
    for (const opened of this.#open) {
      if (how === "expire") opened.send("ERROR", { kind: "Status", code: 410, reason: "Expired" });
      if (how === "break") opened.fail(new Error("ECONNRESET"));
      else opened.end();
    }
    this.#open = [];
  }

  compact(): void {
    this.#oldest = this.#version;
    this.#history = [];
  }

  failNext(times: number): void {
    this.#down = times;
  }

  #answerOrFail(): void {
    if (this.#down === 0) return;
    this.#down -= 1;
    throw statusError(500, "InternalError");
  }

  #tell(type: string, object: Pod): void {
    this.#history.push({ version: this.#version, type, object });
    for (const opened of this.#open) opened.send(type, object);
  }
}

type Step = (server: ModelServer, clock: ManualClock) => Promise<void> | void;

const names = fc.constantFrom("a", "b", "c");
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: names.map((name) => (server: ModelServer) => {
      server.put(name);
    }),
  },
  {
    weight: 2,
    arbitrary: names.map((name) => (server: ModelServer) => {
      server.remove(name);
    }),
  },
  {
    weight: 2,
    arbitrary: names.map((name) => (server: ModelServer) => {
      server.remove(name);
      server.put(name);
    }),
  },
  fc.constantFrom("end", "break", "expire").map((how) => (server: ModelServer) => {
    server.endWatches(how);
  }),
  fc.constant((server: ModelServer) => {
    server.compact();
  }),
  fc.constant((server: ModelServer) => {
    server.bookmark();
  }),
  fc.nat({ max: 4 }).map((times) => (server: ModelServer) => {
    server.failNext(times);
  }),
  {
    weight: 3,
    arbitrary: fc
      .integer({ min: 0, max: 20_000 })
      .map((ms) => (_: ModelServer, clock: ManualClock) => clock.advance(ms)),
  },
);

test("an informer ends up equal to the server after any sequence of changes and faults", async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(steps, { maxLength: 40 }), async (watchList, sequence) => {
      const server = new ModelServer(watchList);
      const clock = new ManualClock();
      const informer = new Informer({
        name: "pods",
        client: server,
        resource: resources.pods,
        clock,
        logger: silentLogger,
        metrics: createMetrics(),
        project: ({ metadata }) => ({
          name: metadata.name,
          uid: metadata.uid,
          version: Number(metadata.resourceVersion),
        }),
        indexers: { uid: (one: { uid: string }) => [one.uid] },
        random: () => 0.5,
      });
      const told = new Map<string, { uid: string; version: number }>();
      const faults: string[] = [];
      informer.addHandler({
        added(object) {
          if (told.has(object.name)) faults.push(`${object.name} added twice`);
          told.set(object.name, object);
        },
        updated(old, object) {
          if (told.get(object.name)?.version !== old.version) faults.push(`${object.name} from an unknown state`);
          if (object.version <= old.version) faults.push(`${object.name} went back in time`);
          if (object.uid !== old.uid) faults.push(`${object.name} changed its uid`);
          told.set(object.name, object);
        },
        deleted(object) {
          if (told.get(object.name)?.uid !== object.uid) faults.push(`${object.name} deleted, but was not there`);
          told.delete(object.name);
        },
      });
      const stop = new AbortController();
      const done = informer.run(stop.signal);
      for (const step of sequence) await step(server, clock);
      server.failNext(0);
      await clock.advance(200_000);
      const wanted = [...server.objects.values()].map(
        ({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
      );
      const printed = [...informer.values()].map((one) => `${one.name} ${one.uid} ${one.version}`);
      assert.deepEqual(printed.sort(), wanted.sort());
      assert.deepEqual([...told.entries()].map(([name, one]) => `${name} ${one.uid} ${one.version}`).sort(), wanted);
      for (const { metadata } of server.objects.values()) assert.equal(informer.byIndex("uid", metadata.uid).length, 1);
      assert.deepEqual(faults, []);
      stop.abort();
      await done;
    }),
    { numRuns: 300 },
  );
});
