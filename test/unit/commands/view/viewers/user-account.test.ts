import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { Sees } from "#src/commands/view/cluster-watch.ts";
import type { AccountParts } from "#src/commands/view/viewers/user-account.ts";
import { UserAccounts } from "#src/commands/view/viewers/user-accounts.ts";
import { noCluster } from "#src/commands/view/items/view-facts.ts";
import { silentLogger } from "#src/core/logger.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import { resources } from "#src/kube/client/resources.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";
import { KeptResponse } from "#test/fakes/kept-response.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { podManifest } from "#test/fixtures/kube/pod-manifest.ts";

const ageMs = 30_000;
const { signal } = new AbortController();

function podOf(namespace: string) {
  const labels = { [annotationKeys.allocation.key]: `allocation-of-${namespace}` };
  const { metadata, ...rest } = podManifest({ name: "web", namespace, labels }) as KubeObject;
  return projectPod({ ...rest, metadata: { ...metadata, uid: namespace, resourceVersion: "1" } });
}

const refusal = {
  metadata: { name: "e", namespace: "quiet", uid: "e", resourceVersion: "1" },
  type: "Warning",
  reason: "FailedCreate",
  message: "denied the request: PoolExhausted: full",
  lastTimestamp: new Date(new ManualClock().now() - 1_000).toISOString(),
};

async function start(username = "alice") {
  const clock = new ManualClock();
  const there = {
    isKnown: true,
    isDown: false,
    areRightsDown: false,
    namespaces: new Set(["shop"]),
    slow: new Set<string>(),
    made: 0,
    username,
    withoutEvents: new Set<string>(),
  };
  const client = new FakeApiClient(({ path, body }) => {
    if (there.isDown) throw new Error("away");
    if (path.endsWith("/events")) return listOf([refusal], "1");
    const { spec } = body as { spec: { resourceAttributes?: { resource?: string; namespace?: string } } };
    if (path.endsWith("subjectaccessreviews")) {
      if (there.areRightsDown) throw new Error("away");
      if (there.slow.has(spec.resourceAttributes?.namespace ?? "")) {
        return clock.sleep(10_000).then(() => Promise.reject(new Error("away")));
      }
      const { resource = "", namespace = "" } = spec.resourceAttributes ?? {};
      if (resource === "events" && there.withoutEvents.has(namespace)) return { status: { allowed: false } };
      return { status: { allowed: there.namespaces.has(spec.resourceAttributes?.namespace ?? "") } };
    }
    const user = { username: there.username };
    return { status: there.isKnown ? { authenticated: true, audiences: ["page"], user } : { user: {} } };
  });
  const pods = [podOf("shop"), podOf("bank")];
  const watch = {
    alsoAsks: (sees: Sees): unknown => sees,
    facts: (sees?: Sees) => {
      there.made += 1;
      if (sees !== undefined) watch.alsoAsks(sees);
      return {
        ...noCluster,
        pods: pods.filter(({ metadata }) =>
          [undefined, metadata.namespace].some((one) => sees?.(resources.pods, one) ?? true),
        ),
      };
    },
  };
  const config = { pageRightsMs: ageMs, pageAudience: "page", timeoutMs: 1_000 };
  const context = { config, clock, logger: silentLogger } as unknown as AccountParts["context"];
  const accounts = new UserAccounts({ context, client, watch, version: "0" });
  const account = await accounts.open("token");
  assert.ok(account !== undefined);
  const response = new KeptResponse();
  const openPage = () => account.live.open(response as unknown as ServerResponse, signal);
  return { clock, there, client, watch, accounts, account, response, openPage, pods };
}

test("a page has what its user may list, and nothing while nobody says so", async () => {
  const { clock, there, account, response, openPage } = await start();
  await openPage();
  assert.match(response.text, /"user":"alice"/);
  assert.match(response.text, /pod\/shop\/web/);
  assert.doesNotMatch(response.text, /bank/);
  there.areRightsDown = true;
  await clock.advance(ageMs);
  assert.match(response.text, /"gone":\["pod\/shop\/web"\]/);
  there.areRightsDown = false;
  there.isDown = true;
  await clock.advance(ageMs);
  assert.ok(response.destroyed, "its page connects again and is told why");
  await assert.rejects(account.isGood(signal), /try again/);
  there.isDown = false;
  assert.equal(await account.isGood(signal), true);
  response.text = "";
  response.destroyed = false;
  await openPage();
  assert.match(response.text, /pod\/shop\/web/);
  await clock.advance(15_000);
  assert.match(response.text, /event: beat/, "a page that came back is kept alive");
});

test("whoever has a page open, or logs in later, is told that the API server is lost, and that it is back", async () => {
  const { accounts, response, openPage } = await start();
  await openPage();
  accounts.follows("nobody answers");
  await settled();
  assert.match(response.text, /"live":false,"why":"nobody answers"/);
  const later = new KeptResponse();
  await (await accounts.open("token"))?.live.open(later as unknown as ServerResponse, signal);
  await settled();
  assert.match(later.text, /"live":false,"why":"nobody answers"/);
  accounts.follows(undefined);
  await settled();
  for (const { text } of [response, later])
    assert.match(text.split("\n\n").at(-2) ?? "", /^event: state\n.*"live":true/);
});

test("a right that is new or lost shows on the page by itself", async () => {
  const { clock, there, response, openPage } = await start();
  await openPage();
  there.namespaces.add("bank");
  await clock.advance(10 * ageMs);
  assert.match(response.text, /pod\/bank\/web/);
  there.namespaces.clear();
  await clock.advance(ageMs);
  assert.match(response.text, /"gone":\["pod\/shop\/web","pod\/bank\/web"\]/);
  there.namespaces.add("");
  await clock.advance(ageMs);
  await settled();
  assert.equal(response.text.match(/event: snapshot/g)?.length, 2, "what is left out is told anew");
});

test("an account whose token is no longer good loses its pages, and one whose groups changed as well", async () => {
  const { clock, there, account, response, openPage } = await start();
  await openPage();
  there.isKnown = false;
  await clock.advance(ageMs);
  assert.deepEqual([account.hasEnded, response.destroyed], [true, true]);
  assert.equal(await account.isGood(signal), false);
});

test("nobody is asked while no page is open and nobody asks", async () => {
  const { clock, client, account } = await start();
  await clock.advance(10 * ageMs);
  assert.equal(client.requests.length, 1);
  const answers = [account.isGood(signal), account.isGood(signal)];
  assert.deepEqual(await Promise.all(answers), [true, true]);
  assert.equal(client.requests.length, 2, "two who ask share one answer");
});

test("a page ends with its account while questions about rights keep coming and are not answered", async () => {
  const { clock, there, accounts, response, openPage, pods } = await start();
  await openPage();
  for (let i = 0; i < 100; i += 1) {
    there.slow.add(`n-${i}`);
    pods.push(podOf(`n-${i}`));
  }
  await clock.advance(ageMs * 0.7);
  there.isKnown = false;
  for (let i = 0; i < 40 && !response.destroyed; i += 1) {
    accounts.touch();
    await clock.advance(1_000);
  }
  assert.ok(response.destroyed);
  const { text } = response;
  there.namespaces.add("late");
  pods.push(podOf("late"));
  accounts.touch();
  await clock.advance(60_000);
  assert.equal(response.text, text, "nothing more is told");
});

test("an answer about a token counts for its age and no longer, whenever the page is opened", async () => {
  const { clock, there, account, response, openPage } = await start();
  await clock.advance(9_999);
  assert.equal(await account.isGood(signal), true);
  await openPage();
  there.isDown = true;
  await clock.advance(ageMs - 9_999);
  assert.ok(response.destroyed);
});

test("a page opens with what is known in time, the rest follows, and what is not known is not said to be absent", async () => {
  const { clock, there, account, response, openPage, pods } = await start();
  for (let i = 0; i < 100; i += 1) {
    there.slow.add(`n-${i}`);
    pods.push(podOf(`n-${i}`));
  }
  const opened = openPage();
  const unknown = assert.rejects(account.answers.pod("n-99", "web", signal), /try again/);
  await clock.advance(1_000);
  await Promise.all([opened, unknown]);
  assert.match(response.text, /pod\/shop\/web/);
  const gone = AbortSignal.abort();
  await assert.rejects(account.answers.activity(gone), { code: "Aborted" });
});

test("many questions at once share what is made for them, and a page that is being opened counts as one", async () => {
  const { clock, there, account, openPage } = await start();
  await clock.advance(1_000);
  const ask = () => account.answers.pod("shop", "none", signal).catch(() => undefined);
  await ask();
  there.made = 0;
  await Promise.all(Array.from({ length: 50 }, ask));
  assert.equal(there.made, 0);
  await clock.advance(100);
  await ask();
  assert.equal(there.made, 1);
  there.slow.add("shop");
  await clock.advance(ageMs);
  const opened = [openPage(), openPage(), openPage(), openPage()];
  assert.ok(account.live.isFull);
  await clock.advance(1_000);
  for (const one of opened) await one;
});

test("one whose pods are all refused is told of it, from the Events of his own namespace", async () => {
  const { account, client } = await start("system:serviceaccount:quiet:alice").then((all) => {
    all.there.namespaces.clear();
    all.there.namespaces.add("quiet");
    return all;
  });
  const { refusals, countedFrom } = await account.answers.activity(signal);
  assert.deepEqual([refusals.length, countedFrom.includes("the namespaces quiet, and")], [1, true]);
  const read = client.requests.filter(({ path }) => path.endsWith("/events"));
  assert.deepEqual(
    read.map(({ path }) => path),
    ["/api/v1/namespaces/quiet/events"],
  );
});

test("namespaces whose Events are refused take no place from the others", async () => {
  const { account, pods, there } = await start();
  for (let i = 0; i < 40; i += 1) {
    pods.push(podOf(`a-${i}`));
    there.namespaces.add(`a-${i}`);
    if (i < 30) there.withoutEvents.add(`a-${i}`);
  }
  const { countedFrom } = await account.answers.activity(signal);
  for (let i = 30; i < 40; i += 1) assert.match(countedFrom, new RegExp(`\\ba-${i}\\b`));
  assert.doesNotMatch(countedFrom, /a-2\d/);
});

test("a name has four pages in all of its sessions, so that few names cannot take the places of many", async () => {
  const { there, accounts, account, openPage } = await start();
  const response = () => new KeptResponse() as unknown as ServerResponse;
  const other = await accounts.open("token");
  for (let i = 0; i < 3; i += 1) await other?.live.open(response(), signal);
  assert.ok(!account.live.isFull);
  await openPage();
  assert.ok(account.live.isFull);
  for (let i = 0; i < 15; i += 1) {
    there.username = `user-${i}`;
    await (await accounts.open("token"))?.live.open(response(), signal);
  }
  there.username = "one more";
  assert.equal((await accounts.open("token"))?.live.isFull, true);
});

test("the ServiceAccounts of a namespace have the pages of one name, and leave the places of others free", async () => {
  const { there, accounts } = await start();
  const isFullFor = async (name: string) => {
    there.username = name;
    const account = await accounts.open("token");
    if (account?.live.isFull === false)
      await account.live.open(new KeptResponse() as unknown as ServerResponse, signal);
    return account?.live.isFull;
  };
  for (let i = 0; i < 16; i += 1) await isFullFor(`system:serviceaccount:shop:viewer-${i}`);
  assert.equal(accounts.pages, 4);
  for (let i = 0; i < 15; i += 1) assert.equal(await isFullFor(`system:serviceaccount:shop-${i}:viewer`), false);
  assert.equal(await isFullFor("system:serviceaccount:bank:viewer"), true);
});

async function reviewsOf(client: FakeApiClient, act: () => Promise<unknown>): Promise<number> {
  const before = client.requests.length;
  await act();
  return client.requests.slice(before).filter(({ path }) => path.endsWith("subjectaccessreviews")).length;
}

test("rights cost one review of each kind for who may see all, and after the first time few for who may see one of 1,000 namespaces", async (t) => {
  const counts = async (allowed: string) => {
    const { clock, there, client, openPage, pods, response } = await start();
    there.namespaces = new Set([allowed]);
    for (let n = 0; n < 1_000; n += 1) pods.push(podOf(`n-${n}`));
    const first = await reviewsOf(client, async () => {
      const opened = openPage();
      for (let n = 0; n < 30; n += 1) await clock.advance(1_000);
      await opened;
    });
    assert.match(response.text, /pod\/n-999\/web/);
    const each = [];
    for (let n = 0; n < 5; n += 1) each.push(await reviewsOf(client, () => clock.advance(20_000)));
    return { first, each: Math.max(...each) };
  };
  const [all, one] = [await counts(""), await counts("n-999")];
  t.diagnostic(`${JSON.stringify(all)} for all, ${JSON.stringify(one)} for one of 1,002`);
  assert.ok(all.first < 30 && all.each < 30);
  assert.ok(one.first < 1_050 && one.each < 40);
});

test("no other kind is asked about in a namespace whose pods may not be listed", async () => {
  const { client, there, watch, account } = await start();
  there.namespaces.clear();
  watch.alsoAsks = (sees) => sees(resources.services, "bank");
  await account.answers.activity(signal);
  const asked = client.requests.flatMap(({ body }) => {
    const { spec } = body as { spec: { resourceAttributes?: { resource?: string; namespace?: string } } };
    return spec.resourceAttributes?.namespace === "bank" ? [spec.resourceAttributes.resource] : [];
  });
  assert.deepEqual(asked, ["pods"]);
});

test("a right that is lost is no release in the numbers of activity, and a pod that is gone is one", async () => {
  const { clock, there, account, openPage, pods, accounts } = await start();
  there.namespaces.add("bank");
  await openPage();
  there.namespaces.delete("bank");
  await clock.advance(2 * ageMs);
  const releases = async () =>
    (await account.answers.activity(signal)).minutes.reduce((sum, one) => sum + one.releases, 0);
  assert.equal(await releases(), 0);
  pods.splice(0, 1);
  accounts.touch();
  await clock.advance(1_000);
  assert.equal(await releases(), 1);
});
