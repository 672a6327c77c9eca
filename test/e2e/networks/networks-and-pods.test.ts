import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { validatingWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { type WatchingCommand, watchCommandLine } from "#test/stacks/commands/watch-command.ts";
import { burst, failed } from "#test/stacks/burst.ts";
import { controllerProcess, queueDepth } from "#test/stacks/controller-process.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";
import { readManifests } from "#tools/manifest/manifests.ts";

const resultKey = annotationKeys.result.key;
const v4 = (subnet: string, more: object = {}) => ({ ipv4Subnets: [{ name: "s", subnet }], ...more });

describe("networks and the pods that ask for them", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  before(async () => {
    // Reviews wait until a controller has started, which takes long on a busy machine.
    const timeoutSeconds = 30;
    stack = await AdmissionStack.start({ reviewTimeoutSeconds: timeoutSeconds });
    const { administrator, kubectl } = stack.plane;
    await administrator.apply(readManifests("deploy/crds/networks.yaml"));
    await administrator.established("networks.k8s.plugin.opnfv.org");
    const url = `https://127.0.0.1:${stack.balancer.port}`;
    await kubectl.apply([validatingWebhookConfiguration({ url, ca: stack.authority.cert, timeoutSeconds })]);
    controller = controllerProcess(stack);
    await controller.start();
  });
  after(async () => {
    await controller.stop();
    await stack[Symbol.asyncDispose]();
  });

  const tryApply = (...items: readonly object[]) =>
    stack.plane.kubectl.run(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });

  function workload(kind: string, name: string, network: object, spec: object = {}): object {
    const labels = { app: name };
    const pod = podManifest({ labels, annotations: request(network) }) as KubeObject;
    const template = { metadata: { labels, annotations: pod.metadata.annotations }, spec: pod["spec"] };
    return {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: "default" },
      spec: { selector: { matchLabels: labels }, template, ...spec },
    };
  }

  async function untilReplicas(name: string, count: number): Promise<readonly KubeObject[]> {
    const { kubectl } = stack.plane;
    await kubectl.must(["wait", `deployment/${name}`, `--for=jsonpath={.status.replicas}=${count}`, "--timeout=60s"]);
    const { items } = (await kubectl.get(["pods", "-l", `app=${name}`])) as { items: readonly KubeObject[] };
    return items;
  }

  const addressesOf = (pods: readonly KubeObject[]) =>
    pods.flatMap(({ metadata }) =>
      parseResult(metadata.annotations?.[resultKey] ?? "").flatMap((one) => one.ip_address),
    );

  it("shows networks and pods to somebody who watches them, with what the cluster says of them", async () => {
    const { kubectl, adminKubeconfig } = stack.plane;
    const at = ["--nb", stack.nb.join(","), "--kubeconfig", adminKubeconfig, "--watch", "-o", "json"];
    await using networks = watchCommandLine(["networks", "watched", ...at]);
    await using pods = watchCommandLine(["pods", "default/watched", ...at]);
    const untilLine = async (watch: WatchingCommand, pattern: RegExp): Promise<void> => {
      for (let line = ""; !pattern.test(line); ) line = await watch.next();
    };
    await kubectl.apply([networkManifest("watched", v4("10.78.0.0/24"))]);
    await untilLine(networks, /"name":"watched".*"ready":"True"/);
    await kubectl.apply([podManifest({ name: "watched", annotations: request({ name: "watched" }) })]);
    await untilLine(networks, /^{"type":"MODIFIED".*"used":"1"/);
    await untilLine(pods, /"pod":"watched".*"state":"bound"/);
    await kubectl.must(["delete", "pod", "watched", "--grace-period=0", "--timeout=60s"]);
    await untilLine(pods, /^{"type":"DELETED".*"pod":"watched"/);
    await untilLine(networks, /^{"type":"MODIFIED".*"used":"0"/);
    assert.deepEqual([await networks.interrupt(), await pods.interrupt()], [0, 0]);
  });

  it("gives addresses of a pool only to pods and namespaces that choose it, and tells how many", async () => {
    const { kubectl } = stack.plane;
    const pools = [
      { name: "front", range: "10.77.0.8-10.77.0.9" },
      { name: "back", range: "10.77.0.12/31", allowedNamespaces: { names: ["shop"] } },
    ];
    const twice = [...pools, { name: "more", range: "10.77.0.13" }];
    const wrong = await tryApply(networkManifest("pooled", v4("10.77.0.0/28", { pools: twice })));
    assert.match(
      wrong.stderr,
      /spec\.pools\[2\]\.range "10\.77\.0\.13" has 10\.77\.0\.13, which overlaps 10\.77\.0\.12/,
    );
    await kubectl.apply([networkManifest("pooled", v4("10.77.0.0/28", { pools }))]);
    await kubectl.must(["wait", "network/pooled", "--for=condition=Ready", "--timeout=60s"]);
    const label = { "k8s.plugin.opnfv.org/pool": "back" };
    await kubectl.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: label } }]);
    await kubectl.must(["wait", "serviceaccount/default", "-nshop", "--for=create", "--timeout=60s"]);
    const asking = (name: string, more: object, namespace = "default") =>
      podManifest({ name, namespace, annotations: request({ name: "pooled", ...more }) });
    const addressOf = async (name: string, namespace = "default") =>
      addressesOf([(await kubectl.get(["pod", name, `-n${namespace}`])) as KubeObject])[0] ?? "";
    const { code, stderr } = await tryApply(
      asking("pool-a", { pool: "front" }),
      asking("pool-b", { pool: "front" }),
      asking("pool-none", {}),
      asking("pool-label", {}, "shop"),
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual([await addressOf("pool-a"), await addressOf("pool-b")].sort(), ["10.77.0.8/28", "10.77.0.9/28"]);
    assert.match(await addressOf("pool-label", "shop"), /^10\.77\.0\.1[23]\/28$/);
    assert.doesNotMatch(await addressOf("pool-none"), /^10\.77\.0\.([89]|12|13)\//);
    for (const [more, says] of [
      [
        { pool: "front" },
        /PoolExhausted: .*pool "front" is a pool of the network "pooled" and has no free IPv4 address/,
      ],
      [{ pool: "back" }, /NotAllowed: .*pool "back" .* may not choose/],
      [{ pool: "side" }, /UnknownPool: .*"side" is no pool .* write "front" or "back"/],
      [{ ipAddress: "10.77.0.12" }, /AddressReserved: .* belongs to the pool "back"/],
    ] as const)
      assert.match((await tryApply(asking("pool-refused", more))).stderr, says);
    await until(async () => {
      const { status } = (await kubectl.get(["network", "pooled"])) as { status: { pools: readonly object[] } };
      return (
        JSON.stringify(status.pools.slice(1)) ===
        JSON.stringify([
          { capacity: "2", family: "IPv4", name: "front", used: "2" },
          { capacity: "2", family: "IPv4", name: "back", used: "1" },
        ])
      );
    });
    await kubectl.must(["delete", "pods", "pool-a", "pool-b", "pool-none", "--now"]);
  });

  for (const [order, subnet] of [
    ["network first", "10.31.0.0/24"],
    ["network last", "10.32.0.0/24"],
  ] as const) {
    it(`are applied in one file, ${order}`, async () => {
      const name = order.replace(" ", "-");
      const both = [networkManifest(name, v4(subnet)), workload("Deployment", name, { name }, { replicas: 10 })];
      const { code, stderr } = await tryApply(...(order === "network first" ? both : both.reverse()));
      assert.equal(code, 0, stderr);
      if (order === "network first") assert.doesNotMatch(stderr, /Warning/, "its switch was waited for");
      const addresses = addressesOf(await untilReplicas(name, 10));
      assert.equal(new Set(addresses).size, 10);
      assert.ok(
        addresses.every((text) => text.startsWith(subnet.slice(0, 6)) && text.endsWith("/24")),
        addresses.join(),
      );
    });
  }

  it("wait for the switch of a Network whose switch is late, and are refused at once without a Network", async () => {
    await controller.stop();
    await tryApply(networkManifest("late", v4("10.33.0.0/24")));
    const waiting = tryApply(podManifest({ name: "late", annotations: request({ name: "late" }) }));
    await controller.start();
    const { code, stderr } = await waiting;
    assert.equal(code, 0, stderr);
    const unknown = await tryApply(podManifest({ name: "unknown", annotations: request({ name: "nowhere" }) }));
    assert.match(unknown.stderr, /UnknownNetwork/);
  });

  it("are admitted by the labels of their namespace", async () => {
    const selector = { matchLabels: { team: "blue" } };
    await tryApply(networkManifest("labelled", v4("10.34.0.0/24", { allowedNamespaces: { selector } })), {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "blue", labels: { team: "blue" } },
    });
    const inBlue = podManifest({ name: "in", namespace: "blue", annotations: request({ name: "labelled" }) });
    await stack.plane.kubectl.must(["wait", "network/labelled", "--for=condition=Ready", "--timeout=60s"]);
    await stack.plane.kubectl.must(["wait", "serviceaccount/default", "-nblue", "--for=create", "--timeout=60s"]);
    const admitted = await tryApply(inBlue);
    assert.equal(admitted.code, 0, admitted.stderr);
    const refused = await tryApply(podManifest({ name: "out", annotations: request({ name: "labelled" }) }));
    assert.match(refused.stderr, /NotAllowed.*its labels do not match/);
  });

  it("report faults of a template on apply, warn of what may change, and name the cure for a fixed address", async () => {
    const outside = await tryApply(workload("Deployment", "bad", { name: "late", ipAddress: "10.99.0.1" }));
    assert.match(outside.stderr, /AddressOutOfRange/);
    const misspelt = await tryApply(
      workload("StatefulSet", "bad", { name: "late", ipAdress: "10.33.0.9" }, { serviceName: "x" }),
    );
    assert.match(misspelt.stderr, /did you mean "ipAddress"/);
    const early = await tryApply(workload("DaemonSet", "early", { name: "not-yet" }));
    assert.equal(early.code, 0, early.stderr);
    assert.match(early.stderr, /Warning: pods would be refused now: UnknownNetwork/);
    const fixed = await tryApply(
      workload("Deployment", "fixed", { name: "late", ipAddress: "10.33.0.9" }, { replicas: 0 }),
    );
    assert.match(fixed.stderr, /Warning: .*strategy.type to Recreate/);
    const byOrdinal = { name: "late", ordinalAddresses: [["10.33.0.9"]] };
    const set = await tryApply(workload("StatefulSet", "by-ordinal", byOrdinal, { serviceName: "x", replicas: 0 }));
    assert.equal(set.stderr, "");
  });

  it("are refused on apply when networks clash or a field cannot be read", async () => {
    const overlap = await tryApply(networkManifest("clash", v4("10.33.0.128/25")));
    assert.match(overlap.stderr, /overlaps 10\.33\.0\.0\/24 of the Network default\/late/);
    await stack.plane.kubectl.must(["create", "namespace", "second"]);
    const twice = await tryApply(networkManifest("late", v4("10.35.0.0/24"), "second"));
    assert.match(twice.stderr, /is the name of a Network of the namespace default/);
    const words = { ipv4Subnets: [{ name: "s", subnet: "10.36.0.0/24", excludeIps: "abc" }] };
    assert.match((await tryApply(networkManifest("words", words))).stderr, /excludeIps "abc" cannot be read/);
  });

  const untilGone = (network: string) =>
    stack.plane.kubectl.must(["wait", `network/${network}`, "--for=delete", "--timeout=60s"]);
  const untilReady = (...networks: readonly string[]) =>
    stack.plane.kubectl.must([
      "wait",
      ...networks.map((name) => `network/${name}`),
      "--for=condition=Ready",
      "--timeout=60s",
    ]);
  async function deletePods(pods: readonly KubeObject[]): Promise<void> {
    const uids = new Set(pods.map(({ metadata: { uid } }) => uid));
    for (const { metadata } of pods) await stack.pods.delete(metadata, { uid: metadata.uid });
    await until(async () => (await stack.pods.list({})).items.every(({ metadata: { uid } }) => !uids.has(uid)));
  }
  const createPod = (name: string, network: string) =>
    stack.create(podManifest({ name, annotations: request({ name: network }) }));

  it("get the gateway of their subnet, each destination once, and the DNS settings of their Networks", async () => {
    const route = { dst: "192.0.2.0/24" };
    const subnets = [{ subnet: "10.60.0.0/30" }, { subnet: "10.61.0.0/24" }];
    await tryApply(
      networkManifest("wide", { ipv4Subnets: subnets, routes: [route], dns: { nameservers: ["10.61.0.53"] } }),
      networkManifest(
        "beside",
        v4("10.62.0.0/24", { routes: [route, { dst: "10.61.0.0/24" }, { dst: "10.60.0.0/30" }] }),
      ),
    );
    await untilReady("wide", "beside");
    // One of the subnets has room for one address.
    const seen = new Set<string>();
    for (const name of ["wide-0", "wide-1"]) {
      const annotations = request({ name: "wide", defaultGateway: "true" }, { name: "beside" });
      const pod = await stack.create(podManifest({ name, annotations }));
      const [wide, beside] = parseResult(pod.metadata.annotations?.[resultKey] ?? "");
      assert.deepEqual(wide?.dns, { nameservers: ["10.61.0.53"] });
      const isNarrow = wide.ip_address[0]?.startsWith("10.60.0.") === true;
      const gw = isNarrow ? "10.60.0.1" : "10.61.0.1";
      assert.deepEqual(wide.gateway_ip, [gw]);
      // The network has the routes to its own subnets, and the one beside it must not take them.
      const toOther = { dst: isNarrow ? "10.61.0.0/24" : "10.60.0.0/30", gw };
      assert.deepEqual(wide.routes, [{ ...route, gw }, toOther]);
      assert.equal(beside?.network, "beside");
      assert.deepEqual(beside.routes ?? [], []);
      seen.add(gw);
    }
    assert.equal(seen.size, 2, "one pod in each subnet");
    const elsewhere = request({ name: "wide", gwipaddress: "10.61.0.9" });
    const refused = await tryApply(podManifest({ name: "elsewhere", annotations: elsewhere }));
    assert.match(refused.stderr, /RouteInvalid.*lies in 10\.61\.0\.0\/24.*write an ipAddress in 10\.61\.0\.0\/24/);
    const known = request({ name: "wide" }, { name: "beside", routes: [{ dst: "10.61.0.0/24" }] });
    const toSubnet = await tryApply(podManifest({ name: "to-subnet", annotations: known }));
    assert.match(toSubnet.stderr, /RouteInvalid.*is a subnet of the network "wide"/);
  });

  it("get other limits of bandwidth while they exist, by an annotation that is checked", async () => {
    const { kubectl } = stack.plane;
    await tryApply(networkManifest("limited", v4("10.149.0.0/24")));
    await kubectl.must(["wait", "network/limited", "--for=condition=Ready", "--timeout=60s"]);
    const annotations = request({ name: "limited", interface: "net1", bandwidth: { ingress: "10M" } });
    assert.equal((await tryApply(podManifest({ name: "limited", annotations }))).code, 0);
    const change = (limits: object) => {
      const annotation = `${annotationKeys.bandwidth.key}=${JSON.stringify(limits)}`;
      return kubectl.run(["annotate", "pod", "limited", "--overwrite", annotation]);
    };
    const right = await change({ net1: { ingress: "50M", colour: "red" } });
    assert.equal(right.code, 0, right.stderr);
    assert.match(right.stderr, /Warning: .*colour/);
    assert.match(
      (await change({ net2: { ingress: "50M" } })).stderr,
      /net2 is no interface of the pod; did you mean "net1"/,
    );
    assert.match((await change({ net1: { egress: "50M" } })).stderr, /net1\.egress was created without a limit/);
    // Other writes on the pod do not reach the webhook.
    await kubectl.must(["label", "pod", "limited", "colour=red"]);
    await kubectl.must(["annotate", "pod", "limited", `${annotationKeys.bandwidth.key}-`]);
  });

  it("are stored with their ports, or refused, when their Network is deleted in the middle of a burst", async () => {
    await tryApply(networkManifest("doomed", v4("10.37.0.0/24")));
    await untilReady("doomed");
    const remove = async () => {
      await stack.plane.kubectl.must(["delete", "network", "doomed", "--wait=false"]);
    };
    const outcomes = await burst({ count: 40, concurrency: 8, after: { 15: remove } }, (n) =>
      createPod(`doomed-${n}`, "doomed"),
    );
    const refusals = failed(outcomes).map(({ error }) => String(error));
    for (const text of refusals) assert.match(text, /is a Network that is being deleted|UnknownNetwork/);
    await stack.assertInvariants();
    const stored = outcomes.map(({ value }) => value).filter((pod) => pod !== undefined);
    assert.ok(stored.length >= 15);
    const { nb } = await stack.world();
    assert.ok(nb.switches.some(({ name }) => name === "doomed"));
    const late = await tryApply(podManifest({ name: "too-late", annotations: request({ name: "doomed" }) }));
    assert.match(late.stderr, /NotAllowed.*"doomed" is a Network that is being deleted, so that it admits no new pods/);
    await until(async () => {
      const events = await stack.plane.kubectl.must(["get", "events", "--field-selector=involvedObject.name=doomed"]);
      return /Warning +InUse +network\/doomed +the network is still used by/.test(events);
    });
    await deletePods(stored);
    await untilGone("doomed");
  });

  it("are stored with their ports, or refused, when they come while nobody uses the Network that is deleted", async () => {
    const names = Array.from({ length: 5 }, (_, n) => `race-${n}`);
    await tryApply(...names.map((name, n) => networkManifest(name, v4(`10.38.${n}.0/24`))));
    await untilReady(...names);
    const remove = async (name: string) => {
      await stack.plane.kubectl.must(["delete", "network", name, "--wait=false"]);
    };
    const rounds = await Promise.all(
      names.map(async (name, n) => {
        // Half of the deletions come before any pod, the others when the first pod is stored and the next are on the way.
        const early = n % 2 === 0;
        const removing = early ? remove(name) : undefined;
        const after = early ? {} : { 1: () => remove(name) };
        const outcomes = await burst({ count: 4, concurrency: 2, after }, (pod) => createPod(`${name}-${pod}`, name));
        await removing;
        return outcomes;
      }),
    );
    const outcomes = rounds.flat();
    // A Network that is known to go admits nobody. The refusal is BackendUnavailable when it still waited for a switch as it learned of the deletion.
    for (const { error } of failed(outcomes))
      assert.match(String(error), /UnknownNetwork|BackendUnavailable|being deleted/);
    await stack.assertInvariants();
    const stored = outcomes.map(({ value }) => value).filter((pod) => pod !== undefined);
    assert.ok(stored.length >= 2, "the first pods of two networks came before the deletion");
    await deletePods(stored);
    for (const name of names) await untilGone(name);
  });

  it("7.1.11 of Nodus' defects: get addresses of the new prefix when their Network was made anew with another one", async () => {
    await tryApply(networkManifest("anew", v4("10.39.0.0/24")));
    await untilReady("anew");
    const old = await createPod("anew-old", "anew");
    await deletePods([old]);
    await stack.plane.kubectl.must(["delete", "network", "anew", "--timeout=60s"]);
    await tryApply(
      networkManifest("anew", { ipv4Subnets: [{ name: "s", subnet: "10.40.0.0/20", gateway: "10.40.0.77" }] }),
    );
    await untilReady("anew");
    const [own] = parseResult((await createPod("anew-new", "anew")).metadata.annotations?.[resultKey] ?? "");
    assert.match(own?.ip_address.join() ?? "", /^10\.40\.\d+\.\d+\/20$/);
    assert.deepEqual(own?.gateway_ip, ["10.40.0.77"]);
  });

  it("7.1.8 of Nodus' defects: have whole networks though the controller was killed while it made them", async () => {
    const names = Array.from({ length: 24 }, (_, n) => `part-${n}`);
    const manifests = names.map((name, n) => networkManifest(name, v4(`10.41.${n}.0/24`)));
    const routerPorts = async () =>
      (await nbctl(stack.nb.join(","), "--bare", "--columns=name", "list", "Logical_Router_Port")).split("\n");
    await tryApply(...manifests.slice(0, 4));
    await untilReady(...names.slice(0, 4));
    const database = stack.nbServer?.process;
    assert.ok(database !== undefined);
    // The database answers nothing, so the work that has begun cannot end before the controller dies.
    database.freeze();
    try {
      await tryApply(...manifests.slice(4));
      await until(async () => (await queueDepth(controller, "networks")) > 0);
      await controller.kill();
    } finally {
      database.thaw();
    }
    const before = await routerPorts();
    assert.ok(before.includes("rtos-part-0") && !names.every((name) => before.includes(`rtos-${name}`)));
    await controller.start();
    await untilReady(...names);
    const ports = await routerPorts();
    const switchPorts = (await stack.world()).nb.ports;
    for (const name of names) {
      assert.ok(ports.includes(`rtos-${name}`), name);
      assert.ok(
        switchPorts.some(({ type, switchName }) => type === "router" && switchName === name),
        name,
      );
    }
  });
});
