// `ovn4nfv check`, `pods` and `networks` against a real cluster, also after the cluster was built anew.
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodAllocation } from "#src/commands/inspect/pod-allocations.ts";
import { parseResult } from "#src/api/result.ts";
import type { Activity } from "#src/view/contract/activity.ts";
import type { NetworkSpace } from "#src/view/contract/network-space.ts";
import type { PodStory } from "#src/view/contract/pod-story.ts";
import type { ViewError } from "#src/view/contract/view-event.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { keyId } from "#src/tokens/token.ts";
import { ownedTables } from "#src/ovn/owned/topology-tables.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { describeSharedView } from "./shared-view-cases.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { openLiveEvents } from "#test/stacks/view/live-events.ts";
import { startView } from "#test/stacks/view/started-view.ts";
import { untilEvent } from "#test/stacks/pod-events.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";
import { productFile } from "#tools/build/product-file.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const { allocation, result, token } = annotationKeys;
const key = (name: string) => `k8s.plugin.opnfv.org/${name}`;

describe("ovn4nfv beside a cluster", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    stack = await AdmissionStack.start({
      flags: { "max-open-reservations": "1024" },
      before: async (plane) => {
        await plane.administrator.apply(readManifests("deploy/crds/networks.yaml"));
        await plane.administrator.established("networks.k8s.plugin.opnfv.org");
      },
    });
    controller = controllerProcess(stack);
    await controller.start();
    await stack.plane.kubectl.apply([
      networkManifest("green", { ipv4Subnets: [{ name: "s", subnet: "10.9.0.0/24" }] }),
    ]);
    await kubectl("wait", "network/green", "--for=condition=Ready", "--timeout=60s");
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const run = (...args: readonly string[]): Promise<CommandResult> => {
    const cluster = ["--nb", stack.nb.join(","), "--kubeconfig", stack.plane.adminKubeconfig];
    return runCommand(process.execPath, [productFile, ...args, ...cluster], { timeoutMs: 120_000 });
  };
  const create = (name: string) =>
    stack.create(podManifest({ name, annotations: request({ name: "green" }) }), "default");
  const podLines = async () => {
    const { stdout } = await run("pods", "-o", "json");
    const lines = JSON.parse(stdout) as readonly PodAllocation[];
    return lines.map(({ pod, state }) => `${pod} ${state}`);
  };
  const set = (table: string, uuid: string, ids: Readonly<Record<string, string>>) =>
    nbctl(
      stack.nb.join(","),
      "set",
      table,
      uuid,
      ...Object.entries(ids).map(([k, v]) => `external_ids:"${key(k)}"="${v}"`),
    );
  const uuidsOf = async (table: string, cluster: string) => {
    const condition = `external_ids:"${key("cluster")}"="${cluster}"`;
    return (await nbctl(stack.nb.join(","), "--bare", "--columns=_uuid", "find", table, condition))
      .split(/\s+/)
      .filter(Boolean);
  };

  it("prints a network in each form with what the cluster says of it, and completes the names of the cluster", async () => {
    const cluster = ["--nb", stack.nb.join(","), "--kubeconfig", stack.plane.adminKubeconfig];
    const shown = async (form: string) => (await runCommandLine(["networks", "green", ...cluster, "-o", form])).stdout;
    assert.match(await shown("table"), /^NAME .*\ngreen .* True/);
    assert.match(await shown("wide"), /^NAME .*\ngreen .* True/);
    assert.match(await shown("yaml"), /^- name: green\n(.*\n)* +ready: "?True/m);
    assert.match(await shown("json"), /"ready": "True"/);
    assert.equal(await shown("name"), "green\n");
    const words = async (...typed: readonly string[]) =>
      (await runCommandLine(["completion", "words", "--", "pods", ...cluster, ...typed])).stdout;
    assert.equal(await words("-n", "kube-sys"), "kube-system\n");
    assert.equal(await words("-n", "nobody-is-called-so"), "");
  });

  it("shows on its page what the database and the cluster hold, and each change by itself", async (t) => {
    const page = await startView(t, ["--nb", stack.nb.join(","), "--kubeconfig", stack.plane.adminKubeconfig]);
    await using events = await openLiveEvents(page.port, page.cookie);
    assert.deepEqual([events.snapshot.source, events.snapshot.sees], ["cluster", "everything"]);
    const key = "pod/default/shown";
    const created = await create("shown");
    await until(() => {
      const item = events.items.get(key);
      return item?.kind === "pod" && item.state === "bound";
    });
    const item = events.items.get(key);
    const [own] = parseResult(created.metadata.annotations?.[result.key] ?? "");
    assert.ok(own !== undefined && item?.kind === "pod");
    assert.equal(item.allocation, created.metadata.labels?.[allocation.key]);
    const { port, interface: name, mac_address: mac } = own;
    const addresses = own.ip_address.map((text) => text.replace(/\/.*/, ""));
    assert.deepEqual(item.interfaces, [{ name, network: "network/green", addresses, mac, port }]);
    const stored = await nbctl(stack.nb.join(","), "lsp-get-addresses", port);
    assert.equal(stored.trim(), `${mac} ${addresses.join(" ")}`);
    const green = events.items.get("network/green");
    assert.deepEqual(green?.kind === "network" && [green.ready, green.object], [
      "yes",
      { kind: "Network", namespace: "default" },
    ]);
    const space = await page.ask<NetworkSpace>("/api/networks/green");
    const segment = space.subnets[0]?.segments.find(({ from }) => from === addresses[0]);
    assert.deepEqual([segment?.state, segment?.key, segment?.mac], ["used", key, mac]);
    const story = await page.ask<PodStory>("/api/pods/default/shown");
    assert.deepEqual(
      story.result?.map(({ port: one }) => one),
      [port],
    );
    const [admission, , bound] = story.steps;
    assert.deepEqual([admission?.state, bound?.state, story.unread], ["done", "done", []]);
    assert.ok(Date.parse(admission?.at ?? "") <= Date.parse(bound?.at ?? ""), "both have a time, in their order");
    const activity = await page.ask<Activity>("/api/activity");
    assert.ok(activity.minutes.some(({ allocations }) => allocations > 0));
    await kubectl("delete", "pod", "shown", "--force", "--grace-period=0");
    await until(() => !events.items.has(key));
  });

  it("shows on its page no other namespace than those that the user may read", async (t) => {
    await kubectl("create", "namespace", "hers");
    await kubectl("create", "serviceaccount", "her", "-n", "hers");
    await kubectl("create", "role", "reader", "-n", "hers", "--verb=get,list,watch", "--resource=pods");
    await kubectl("create", "rolebinding", "reader", "-n", "hers", "--role=reader", "--serviceaccount=hers:her");
    await create("not-hers");
    const spec = { ipv4Subnets: [{ name: "s", subnet: "10.8.0.0/24" }] };
    await stack.plane.kubectl.apply([networkManifest("hers", spec, "hers")]);
    await kubectl("wait", "network/hers", "-n", "hers", "--for=condition=Ready", "--timeout=60s");
    const annotations = request({ name: "hers" });
    await stack.create(podManifest({ name: "own", namespace: "hers", annotations }), "hers");
    const kubeconfig = await stack.plane.createServiceAccountUser("hers", "her");
    const args = ["--nb", "", "--kubeconfig", kubeconfig];
    const all = await startView(t, args);
    await using everywhere = await openLiveEvents(all.port, all.cookie);
    assert.equal(everywhere.snapshot.sees, "what you may read");
    assert.deepEqual([...everywhere.items.keys()], [], "she may list pods of no other namespace");
    const missing = everywhere.snapshot.omitted.map(({ kind }) => kind);
    for (const kind of ["pod", "network", "router"] as const) assert.ok(missing.includes(kind), kind);
    const hers = await startView(t, [...args, "--namespace", "hers"]);
    await using own = await openLiveEvents(hers.port, hers.cookie);
    assert.deepEqual(new Set([...own.items.values()].map(({ namespace }) => namespace)), new Set(["hers"]));
    assert.ok(!own.snapshot.omitted.some(({ kind }) => kind === "pod"));
    assert.equal((await hers.ask<ViewError>("/api/pods/default/not-hers")).code, "NotFound");
    assert.equal((await hers.ask<ViewError>("/api/networks/green")).code, "NoDatabase");
    await kubectl("delete", "pod", "not-hers", "--force", "--grace-period=0");
    await kubectl("delete", "pod", "own", "-n", "hers", "--force", "--grace-period=0");
    await kubectl("delete", "network", "hers", "-n", "hers", "--timeout=60s");
  });

  describeSharedView(() => stack);

  it("shows each pod's state and each Network's status", async () => {
    await create("kept");
    await create("lost");
    await until(async () => (await podLines()).join() === "kept bound,lost bound");
    const { stdout } = await run("networks");
    assert.match(stdout, /^green +10\.9\.0\.0\/24 +10\.9\.0\.1 +253 +2 +251 +0 +- +\* +Network +default +- +- +True$/m);
  });

  it("shows in the metrics of the controller how full a pool is", async () => {
    const port = /"operations":(\d+)/.exec(readFileSync(controller.spec.logFile, "utf8"))?.[1] ?? "";
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(text, /^ovn4nfv_pool_addresses\{network="green",family="IPv4"\} 253$/m);
    assert.match(text, /^ovn4nfv_pool_addresses_used\{network="green",family="IPv4"\} 2$/m);
    assert.match(text, /^ovn4nfv_reservations_open 0$/m);
  });

  it("leaves addresses for other namespaces while a quota of 0 refuses a Deployment of 5 on a /28", async () => {
    await stack.plane.kubectl.apply([networkManifest("tiny", { ipv4Subnets: [{ name: "s", subnet: "10.8.0.0/28" }] })]);
    await kubectl("wait", "network/tiny", "--for=condition=Ready", "--timeout=60s");
    await kubectl("create", "namespace", "tight");
    await kubectl("create", "quota", "none", "--hard=pods=0", "-n", "tight");
    await kubectl("wait", "--for=create", "serviceaccount/default", "-n", "tight", "--timeout=60s");
    const { metadata, spec } = podManifest({ annotations: request({ name: "tiny" }) }) as KubeObject;
    const labels = { app: "refused" };
    const template = { metadata: { labels, annotations: metadata.annotations }, spec };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "refused", namespace: "tight" } };
    await stack.plane.kubectl.apply([
      { ...deployment, spec: { replicas: 5, selector: { matchLabels: labels }, template } },
    ]);
    const reserved = async () => (await podLines()).filter((line) => line.endsWith("reserved")).length;
    await until(async () => (await reserved()) > 0);
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await stack.create(podManifest({ name, annotations: request({ name: "tiny" }) }));
    await kubectl("delete", "deployment", "refused", "-n", "tight", "--timeout=60s");
    await kubectl("delete", "pod", ...names, "--timeout=60s");
    await until(async () => (await reserved()) === 0);
    await kubectl("delete", "network", "tiny", "--timeout=60s");
  });

  it("reports a copy whose generated name fits the token; the copy gets nothing, and the next leader takes its token off", async () => {
    const manifest = podManifest({ generateName: "batch-", annotations: request({ name: "green" }) });
    const original = await stack.create(manifest);
    await until(async () => (await podLines()).includes(`${original.metadata.name} bound`));
    const ports = (await stack.world()).nb;
    await controller.stop();
    const copy = (await stack.create(podManifest({ generateName: "batch-" }))).metadata.name;
    const { annotations = {}, labels, finalizers } = original.metadata;
    const marks = { [result.key]: annotations[result.key], [token.key]: annotations[token.key] };
    const body = JSON.stringify({ metadata: { annotations: marks, labels, finalizers } });
    await kubectl("patch", "pod", copy, "--type=merge", "-p", body);
    const { code, stdout } = await runCheck(stack);
    assert.equal(code, 4);
    assert.match(stdout, new RegExp(`^PROBLEM.*\\nduplicate +default +${copy} .*\\n$`));
    await controller.start();
    await untilEvent(stack, { pod: copy, reason: "DuplicateAllocation" });
    await until(async () => (await podLines()).includes(`${copy} released`));
    assert.equal((await runCheck(stack)).code, 0);
    await kubectl("delete", "pod", copy, "--timeout=60s");
    assert.deepEqual((await stack.world()).nb, ports);
    await kubectl("delete", "pod", original.metadata.name, "--timeout=60s");
  });

  it("shows what a rebuilt cluster may take over, takes it over when asked to, and then all agree", async () => {
    const { uid } = ((await stack.plane.kubectl.get(["namespace", "kube-system"])) as KubeObject).metadata;
    const old = "5f0c7a52-3e0f-4b57-8f6d-0d1f6f3f0a11";
    await controller.stop();
    // One pod is missing in the new cluster, and the Network has another UID.
    await kubectl("patch", "pod", "lost", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
    await kubectl("delete", "pod", "lost", "--timeout=60s");
    for (const { name } of ownedTables) {
      for (const uuid of await uuidsOf(name, uid)) await set(name, uuid, { cluster: old });
    }
    for (const uuid of await uuidsOf("Logical_Switch_Port", old)) {
      const isPort = (await nbctl(stack.nb.join(","), "get", "Logical_Switch_Port", uuid, "external_ids")).includes(
        "pod-uid",
      );
      if (isPort) await set("Logical_Switch_Port", uuid, { "pod-uid": "uid-in-the-old-cluster" });
    }
    await kubectl("patch", "network", "green", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
    await kubectl("delete", "network", "green", "--timeout=60s");
    await stack.plane.kubectl.apply([
      networkManifest("green", { ipv4Subnets: [{ name: "s", subnet: "10.9.0.0/24" }] }),
    ]);

    const kept = (await stack.plane.kubectl.get(["pod", "kept"])) as KubeObject;
    const before = (await stack.world()).nb;
    const flags = { "adopt-cluster": old };
    const shown = await runCheck(stack, { flags });
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stdout, /^adoptable +- +- +- +.*green/m);
    assert.match(shown.stdout, /^adoptable +- +- +- +.*ovn4nfv-join/m);
    assert.match(shown.stdout, /^adoptable +default +kept /m);
    assert.match(shown.stdout, /^no pod +default +lost /m);
    assert.deepEqual((await stack.world()).nb, before);

    const left = await runCheck(stack, { repair: true, flags });
    assert.equal(left.code, 4, left.stderr);
    assert.match(left.stdout, /^PROBLEM.*\nno pod +default +lost .*\n$/);
    await controller.start();
    await kubectl("wait", "network/green", "--for=condition=Ready", "--timeout=60s");
    const agreed = await runCheck(stack);
    assert.equal(agreed.code, 0, agreed.stdout);
    const ports = (await stack.world()).nb.ports.filter(({ name }) =>
      name.startsWith(kept.metadata.labels?.[allocation.key] ?? "-"),
    );
    assert.deepEqual(
      ports.map(({ externalIds }) => [externalIds.get(key("pod-uid")), externalIds.get(key("cluster"))]),
      [[kept.metadata.uid, uid]],
    );
    assert.deepEqual(await podLines(), ["kept bound"]);
  });

  it("takes the public keys of the installation without a flag, in the pod of the controller and elsewhere", async () => {
    const pem = readFileSync(join(stack.plane.folder, "token.pem"));
    const publicKey = createPublicKey(pem);
    const data = {
      [`${await keyId(publicKey)}.pem`]: publicKey.export({ type: "spki", format: "pem" }),
    };
    const metadata = { name: "ovn4nfv-token-public-keys", namespace: systemNamespace };
    const bare = (kubeconfig: string, ...flags: readonly string[]) =>
      runCommand(
        process.execPath,
        [productFile, "check", "--nb", stack.nb.join(","), "--kubeconfig", kubeconfig, ...flags],
        { timeoutMs: 120_000, env: { ...process.env, POD_NAMESPACE: "" } },
      );
    const { adminKubeconfig } = stack.plane;
    const missing = await bare(adminKubeconfig);
    assert.equal(missing.code, 1, missing.stderr);
    assert.match(
      missing.stderr,
      /^ovn4nfv: the public keys in .*ovn4nfv-token-public-keys cannot be read: there is none/m,
    );
    await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "ConfigMap", metadata, data }]);
    for (const kubeconfig of [adminKubeconfig, stack.identities.controller]) {
      const { code, stdout, stderr } = await bare(kubeconfig);
      assert.deepEqual([code, stdout], [0, "Kubernetes and the Northbound database agree.\n"], stderr);
    }
  });

  it("never says that all agree when it could not read something, and says in one line what", async () => {
    const wrong = await runCheck(stack, { flags: { "token-public-keys": "no-such-keys" } });
    assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
    assert.match(
      wrong.stderr,
      /^ovn4nfv: the public keys in the ConfigMap ovn4nfv-system\/no-such-keys cannot be read: [^\n]*\n$/,
    );
    const agent = await runCheck(stack, { flags: { kubeconfig: stack.identities.agent } });
    assert.deepEqual([agent.code, agent.stdout], [1, ""]);
    assert.match(agent.stderr, /^ovn4nfv: [^\n]*needs a user who may get namespaces[^\n]*\n$/);
  });

  it("has an exit status for each outcome", async () => {
    const { uid } = ((await stack.plane.kubectl.get(["namespace", "kube-system"])) as KubeObject).metadata;
    assert.equal((await runCheck(stack, { flags: { "adopt-cluster": uid } })).code, 2);
    assert.equal((await runCheck(stack, { flags: { nb: "unix:/nowhere/nb.sock", timeout: "1s" } })).code, 1);
    assert.equal((await runCheck(stack, { flags: { "adopt-cluster": "no-such-cluster" } })).code, 0);
  });
});
