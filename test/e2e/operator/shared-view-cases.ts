// The page of a cluster beside a real API server: who has a token sees what they may list there, and nothing else.
import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { policyForKey } from "#src/api/policy/policy-config.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { Activity } from "#src/view/contract/activity.ts";
import type { PodStory } from "#src/view/contract/pod-story.ts";
import type { ViewError } from "#src/view/contract/view-event.ts";
import { bundlePage } from "#tools/build/page-bundle.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { browserPrograms, ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { until } from "#test/assertions/until.ts";
import { assertAxeFindsNothing } from "#test/assertions/axe-finds-nothing.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { openBrowser } from "#test/stacks/page/open-browser.ts";
import { openPage } from "#test/stacks/page/watched-page.ts";
import { openLiveEvents } from "#test/stacks/view/live-events.ts";
import { startView } from "#test/stacks/view/started-view.ts";
import { SharedView } from "#test/stacks/view/shared-view.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const hostile = `PoolExhausted: <img src=x onerror="window.broken=1"><script>window.broken=1</script>`;

/** The cases, in a cluster with a Network `green` that all namespaces may use. */
export function describeSharedView(stackOf: () => AdmissionStack): void {
  describe("the page of a cluster", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
    let view: SharedView;
    let stack: AdmissionStack;
    const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
    const tokenOf = async (namespace: string, account: string, ...more: readonly string[]) =>
      (await kubectl("create", "token", account, "-n", namespace, "--audience=ovn4nfv-view", ...more)).trim();
    const createUser = async (namespace: string, account: string) => {
      await kubectl("create", "serviceaccount", account, "-n", namespace);
      const subject = `--serviceaccount=${namespace}:${account}`;
      await kubectl("create", "rolebinding", account, "-n", namespace, "--clusterrole=view", subject);
    };
    const createPod = (name: string, namespace: string) =>
      stack.create(
        podManifest({ name, namespace, labels: { app: name }, annotations: request({ name: "green" }) }),
        namespace,
      );
    before(async () => {
      stack = stackOf();
      {
        // The command looks for the page where `npm run build` writes it.
        using _lock = await MachineLock.acquire(`bundle${root}`);
        await bundlePage(join(root, "dist/product/page"));
      }
      await Promise.all(["ours", "theirs"].map((name) => kubectl("create", "namespace", name)));
      await Promise.all([createUser("ours", "viewer"), createUser("theirs", "viewer")]);
      await stack.plane.kubectl.apply([
        networkManifest("secret-lan", { ipv4Subnets: [{ name: "s", subnet: "10.66.0.0/24" }] }, "theirs"),
      ]);
      await kubectl("wait", "network/secret-lan", "-n", "theirs", "--for=condition=Ready", "--timeout=60s");
      for (const path of ["crds/floatingips.yaml", "components/multi-network-policy/crd.yaml"])
        await stack.plane.administrator.apply(readManifests(join("deploy", path)));
      const crds = [resources.floatingIps, resources.multiNetworkPolicies];
      await Promise.all(crds.map(({ plural, group }) => stack.plane.administrator.established(`${plural}.${group}`)));
      await stack.plane.kubectl.apply([...choosersOf("ours", "own"), ...choosersOf("theirs", "foreign")]);
      view = await SharedView.start(stack.plane, { "page-rights-age": "3s" });
    });
    after(async () => {
      await view[Symbol.asyncDispose]();
      for (const kind of ["floatingips", "multi-networkpolicies"])
        await Promise.all(["ours", "theirs"].map((name) => kubectl("delete", kind, "--all", "-n", name)));
      const remove = (namespace: string) =>
        kubectl("delete", "pod", "--all", "-n", namespace, "--force", "--grace-period=0");
      await Promise.all([remove("ours"), remove("theirs")]);
      await kubectl("delete", "network", "secret-lan", "-n", "theirs", "--timeout=60s");
      await kubectl("delete", "namespace", "ours", "theirs", "--wait=false");
      await kubectl("delete", "clusterrolebinding", "page-admin");
    });

    it("shows the viewer of a namespace its objects, each change, and nothing of another namespace", async () => {
      const own = await createPod("own", "ours");
      const foreign = await createPod("foreign", "theirs");
      await stack.plane.kubectl.apply([eventAbout(foreign)]);
      const cookie = await view.login(await tokenOf("ours", "viewer"));
      await using events = await openLiveEvents(view.port, cookie, true);
      assert.equal(events.snapshot.user, "system:serviceaccount:ours:viewer");
      const choosers = ["floatingip/ours/to-own", "policy/ours/of-own"] as const;
      assert.deepEqual([...events.items.keys()], ["pod/ours/own", ...choosers]);
      const [shown, ...chosenBy] = ["pod/ours/own", ...choosers].map((key) => events.items.get(key));
      assert.deepEqual(
        shown?.kind === "pod" && [shown.floatingIps, shown.policies],
        choosers.map((key) => [key]),
      );
      assert.deepEqual(
        chosenBy.map((one) => (one?.kind === "policy" ? one.networks : one?.kind === "floatingip" && one.uplink)),
        ["uplink/nowhere", ["network/green"]],
      );
      const [address = ""] = addressesOf(foreign).map((text) => text.replace(/\/.*/, ""));
      assert.match(address, /^10\.9\.0\./);
      const missing = events.snapshot.omitted.map(({ kind }) => kind);
      for (const kind of ["pod", "network", "router"] as const) assert.ok(missing.includes(kind), kind);
      assert.equal((await view.ask<ViewError>("/api/pods/theirs/foreign", cookie)).code, "NotFound");
      assert.equal((await view.ask<ViewError>("/api/pods/ours/none", cookie)).code, "NotFound");
      const story = await view.ask<PodStory>("/api/pods/ours/own", cookie);
      assert.deepEqual([story.pod.key, story.steps[0]?.state, story.unread], ["pod/ours/own", "done", []]);
      assert.deepEqual([story.result?.[0]?.addresses, story.ports], [addressesOf(own), undefined]);
      assert.equal((await view.ask<ViewError>("/api/networks/secret-lan", cookie)).code, "NoDatabase");
      assert.equal(
        (await view.ask<ViewError>("/api/trace?from=theirs/foreign&to=ours/own", cookie)).code,
        "NoDatabase",
      );
      const activity = await view.raw("/api/activity", { headers: { cookie } });
      await createPod("later", "ours");
      await events.until(() => events.items.has("pod/ours/later"));
      const told = [events.text, activity.text, JSON.stringify(story)].join("");
      for (const word of ["theirs", "foreign", "secret-lan", "10.66.", `"${address}"`, "onerror"]) {
        assert.ok(!told.includes(word), `${word} was told`);
      }
      const sum = (JSON.parse(activity.text) as Activity).minutes.reduce(
        (all, { allocations }) => all + allocations,
        0,
      );
      assert.equal(sum, 1, "activity counts his own pods alone");
    });

    it("shows one who may list everything the objects of all namespaces", async () => {
      await kubectl("create", "serviceaccount", "admin", "-n", "ours");
      await kubectl("create", "clusterrolebinding", "page-admin", "--clusterrole=view", "--serviceaccount=ours:admin");
      const cookie = await view.login(await tokenOf("ours", "admin"));
      await using events = await openLiveEvents(view.port, cookie, true);
      for (const key of [
        "floatingip/theirs/to-foreign",
        "policy/theirs/of-foreign",
        "pod/theirs/foreign",
        "network/secret-lan",
        "network/green",
      ]) {
        assert.ok(events.items.has(key), key);
      }
      assert.deepEqual(
        events.snapshot.omitted.map(({ kind }) => kind),
        ["router"],
      );
      const activity = await view.ask<Activity>("/api/activity", cookie);
      assert.ok(activity.refusals.some(({ message }) => message === hostile));
    });

    it("refuses a forged, an expired and a foreign token, another name and another site, and no log has a token", async () => {
      const good = await tokenOf("ours", "viewer");
      const [head = "", claims = "", signature = ""] = good.split(".");
      const plain = (await kubectl("create", "token", "viewer", "-n", "ours")).trim();
      const told = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
      const nowSeconds = Math.floor(Date.now() / 1_000);
      const other = encode({ ...told, sub: "system:serviceaccount:theirs:viewer" });
      const old = `${head}.${encode({ ...told, iat: nowSeconds - 7_200, nbf: nowSeconds - 7_200, exp: nowSeconds - 3_600 })}`;
      const key = createPrivateKey(readFileSync(join(stack.plane.folder, "service-account.key")));
      const expired = `${old}.${sign("sha256", Buffer.from(old), key).toString("base64url")}`;
      const bad = { forged: `${head}.${other}.${signature}`, expired, foreign: plain, nonsense: "<script>" };
      for (const [what, token] of Object.entries(bad)) {
        const { status, headers, text } = await view.sendToken(token);
        assert.deepEqual([status, headers["set-cookie"]], [401, undefined], what);
        assert.ok(!text.includes(token), what);
      }
      // The same claims, signed anew and in time, are taken: only the time was wrong.
      const young = `${head}.${encode({ ...told, exp: nowSeconds + 600 })}`;
      await view.login(`${young}.${sign("sha256", Buffer.from(young), key).toString("base64url")}`);
      assert.equal((await view.sendToken(good, { origin: "https://evil.example" })).status, 403);
      assert.equal((await view.sendToken(good, { host: "evil.example" })).status, 403);
      assert.equal((await view.raw(`/login?token=${good.slice(0, 20)}`, {})).status, 200);
      assert.equal((await view.raw("/api/events", { headers: { cookie: "__Host-ovn4nfv-view=made-up" } })).status, 401);
      const unknown = await view.raw("/", {});
      assert.deepEqual([unknown.status, unknown.headers["location"]], [303, "/login"]);
      for (const token of [good, ...Object.values(bad)]) assert.ok(!view.log.includes(token.slice(-40)));
    });

    // Their waits overlap: the API server believes a token for ten seconds after its account is gone.
    describe("beside each other", { concurrency: true }, () => {
      it("takes back what a viewer sees when the right, and then the account is gone", async () => {
        const account = await createUser("theirs", "leaver").then(() => tokenOf("theirs", "leaver"));
        const cookie = await view.login(account);
        await using events = await openLiveEvents(view.port, cookie, true);
        assert.ok(events.items.has("pod/theirs/foreign"));
        await kubectl("delete", "rolebinding", "leaver", "-n", "theirs");
        await events.until(() => events.items.size === 0);
        assert.equal((await view.ask<ViewError>("/api/pods/theirs/foreign", cookie)).code, "NotFound");
        await kubectl("delete", "serviceaccount", "leaver", "-n", "theirs");
        await events.until(() => events.hasEnded);
        assert.equal((await view.ask<ViewError>("/api/activity", cookie)).code, "NoSession");
        assert.equal((await view.sendToken(account)).status, 401);
      });

      it("says to the viewer of a namespace why a pod of theirs waits", async () => {
        const annotations = { ...request({ name: "green" }), [annotationKeys.multusNetworks.key]: "gone" };
        await stack.create(
          podManifest({ name: "waits", namespace: "ours", annotations, spec: { nodeName: "n1" } }),
          "ours",
        );
        await stack.plane.kubectl.apply(definitionRights("ours", "viewer"));
        const cookie = await view.login(await tokenOf("ours", "viewer"));
        await until(async () => {
          const { findings = [] } = await view.ask<Partial<PodStory>>("/api/pods/ours/waits", cookie);
          return findings.some(({ says }) => says.includes("definition ours/gone, which is not there"));
        });
      });

      describe("in a browser", { skip: whyProgramsAreMissing(browserPrograms) }, () => {
        let browser: Browser;
        before(async () => {
          await ensurePrograms(browserPrograms);
          browser = await openBrowser();
        });
        after(() => browser.close());

        it("logs in, shows what its user may see as text, and logs out", async () => {
          await using opened = await openPage(browser, `${view.origin}/`);
          const { page, faults } = opened;
          await assertAxeFindsNothing(page, "login");
          await page.getByLabel("Token").fill("wrong");
          await page.getByRole("button", { name: "Log in" }).click();
          await page.getByRole("alert").getByText("The cluster does not know this token").waitFor();
          await page.getByLabel("Token").fill(await tokenOf("theirs", "viewer"));
          await page.getByRole("button", { name: "Log in" }).click();
          await page.getByText("Live", { exact: true }).waitFor();
          await page.goto(`${view.origin}/#/pods`);
          await page.getByRole("link", { name: "theirs/foreign" }).click();
          await page.getByText("onerror=").first().waitFor();
          assert.equal(await page.evaluate("window.broken"), undefined);
          await page.goto(`${view.origin}/#/pods`);
          await page.getByText(/^1 of 1 pods?$/).waitFor();
          await createPod("seen", "theirs");
          await page.getByRole("link", { name: "theirs/seen" }).waitFor();
          assert.equal(await page.getByText("ours/").count(), 0);
          await page.getByRole("link", { name: "system:serviceaccount:theirs:viewer" }).click();
          await page.getByRole("button", { name: "Log out" }).click();
          await page.getByRole("button", { name: "Log out" }).waitFor({ state: "detached" });
          await page.goto(`${view.origin}/#/pods`);
          await page.getByLabel("Token").waitFor();
          assert.deepEqual(faults, []);
        });

        it("says what the database and the cluster hold to the one who started it, and changes with them", async (t) => {
          const nb = stack.nb.join(",");
          const served = await startView(t, ["--nb", nb, "--kubeconfig", stack.plane.adminKubeconfig]);
          await using opened = await openOwnPage(browser, served);
          const { page, faults } = opened;
          const created = await createPod("told", "ours");
          await page.getByRole("link", { name: "ours/told" }).click();
          const [own] = parseResult(created.metadata.annotations?.[annotationKeys.result.key] ?? "");
          assert.ok(own !== undefined);
          const [mac = "", address = ""] = (await nbctl(nb, "lsp-get-addresses", own.port)).trim().split(" ");
          assert.deepEqual([[`${address}/24`], mac], [own.ip_address, own.mac_address]);
          for (const text of [mac, address]) await page.getByText(text).first().waitFor();
          await page.goto(`http://127.0.0.1:${served.port}/#/networks/green`);
          const cell = (what: string) => page.getByRole("gridcell", { name: `${address}, ${what}`, exact: true });
          await cell("used, pod ours/told").waitFor({ state: "attached" });
          await kubectl("delete", "pod", "told", "-n", "ours", "--force", "--grace-period=0");
          await cell("free").waitFor({ state: "attached" });
          assert.deepEqual(faults, []);
        });

        it("shows to the one who started it no more than they may read", async (t) => {
          const kubeconfig = await stack.plane.createServiceAccountUser("ours", "viewer");
          const served = await startView(t, ["--nb", "", "--kubeconfig", kubeconfig, "--namespace", "ours"]);
          await using opened = await openOwnPage(browser, served);
          const { page } = opened;
          await page.getByRole("link", { name: "ours/own" }).waitFor();
          assert.equal(await page.getByText(/theirs|default/).count(), 0);
          await page.goto(`http://127.0.0.1:${served.port}/#/pods/theirs/foreign`);
          await page.getByText("there is no pod of this name").waitFor();
        });
      });
    });
  });
}

/** Opens the list of pods with the cookie of a view that was started. */
function openOwnPage(browser: Browser, { port, cookie }: { readonly port: number; readonly cookie: string }) {
  const [name = "", value = ""] = cookie.split("=");
  const url = `http://127.0.0.1:${port}/`;
  return openPage(browser, `${url}#/pods`, "light", [{ name, value, url }]);
}

/** The right to list definitions in a namespace, which the role "view" has not. */
function definitionRights(namespace: string, account: string): readonly object[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name: "definitions", namespace };
  const [apiGroups, list] = [["k8s.cni.cncf.io"], ["network-attachment-definitions"]];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "definitions" };
  const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
  return [
    { apiVersion, kind: "Role", metadata, rules: [{ apiGroups, resources: list, verbs: ["list"] }] },
    { apiVersion, kind: "RoleBinding", metadata, roleRef, subjects },
  ];
}

/** A FloatingIP and a policy that select a pod by its label. */
function choosersOf(namespace: string, app: string): readonly object[] {
  const matchLabels = { app };
  return [
    {
      apiVersion: apiVersionOf(resources.floatingIps),
      kind: "FloatingIP",
      metadata: { name: `to-${app}`, namespace },
      spec: { uplink: "nowhere", selector: { matchLabels } },
    },
    {
      apiVersion: apiVersionOf(resources.multiNetworkPolicies),
      kind: "MultiNetworkPolicy",
      metadata: { name: `of-${app}`, namespace, annotations: { [policyForKey]: "green" } },
      spec: { podSelector: { matchLabels }, ingress: [{}] },
    },
  ];
}

/** An Event whose writer is not to be trusted. */
function eventAbout({ metadata: { name, namespace, uid } }: KubeObject): object {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.hostile`, namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
    type: "Warning",
    reason: "FailedCreate",
    message: `admission webhook "x" denied the request: ${hostile}`,
    lastTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    count: 1,
  };
}

function encode(claims: object): string {
  return Buffer.from(JSON.stringify(claims)).toString("base64url");
}

function addressesOf(pod: KubeObject): readonly string[] {
  return parseResult(pod.metadata.annotations?.[annotationKeys.result.key] ?? "").flatMap((own) => own.ip_address);
}
