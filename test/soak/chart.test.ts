// The Helm chart: what it renders, what it refuses, and its life in a cluster.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { Lab, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { multusAddOn } from "#lab/cluster/multus.ts";
import { importImage } from "#lab/cluster/ovn4nfv-add-on.ts";
import { systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { chartFiles } from "#tools/chart/chart-files.ts";
import {
  buildApiPriority,
  buildBackup,
  buildManifests,
  buildMonitoring,
  buildView,
  choices,
  isChosen,
  ownOvnChoices,
} from "#tools/chart/choices.ts";
import { everyChosen } from "#tools/chart/variants.ts";
import { buildProductImage } from "#tools/image/product-image.ts";
import { buildTogether } from "#tools/manifest/kustomize.ts";
import { parseManifests } from "#tools/manifest/manifests.ts";
import { mustRun, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder, type TemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";
import { labPod, networkManifest } from "#test/stacks/lab/lab-stack.ts";

const nb = "tcp:192.0.2.1:6641";
const own = `--namespace=${namespace}`;
const folder: TemporaryFolder = createTemporaryFolder("chart");
const chart = join(folder.path, "ovn4nfv");
let helm = "";

before(async () => {
  ({ helm } = await ensureTools(["helm"]));
  for (const [path, text] of await chartFiles()) {
    mkdirSync(dirname(join(chart, path)), { recursive: true });
    writeFileSync(join(chart, path), text);
  }
});
after(() => {
  folder.remove();
});

const template = (...set: readonly string[]) => [
  "template",
  "ovn4nfv",
  chart,
  own,
  "--kube-version=1.34.0",
  ...set.map((one) => `--set=${one}`),
];

/** Objects by their names, without what only Helm reads, and without the setting that kustomize leaves empty. */
function comparable(objects: readonly KubeObject[], isNorthboundGiven = true): ReadonlyMap<string, unknown> {
  return new Map(
    objects
      .filter(({ kind, metadata }) => kind !== "Namespace" && metadata.name !== "ovn4nfv-test")
      .map((object) => {
        const copy = structuredClone(object) as KubeObject & { data?: Record<string, string> };
        const annotations = Object.entries(copy.metadata.annotations ?? {}).filter(
          ([key]) => !key.startsWith("helm.sh/"),
        );
        Object.assign(copy.metadata, { annotations: Object.fromEntries(annotations) });
        if (isNorthboundGiven && copy.metadata.name === "ovn4nfv-config") copy.data = { ...copy.data, OVN4NFV_NB: nb };
        return [`${copy.kind ?? ""} ${copy.metadata.namespace ?? ""} ${copy.metadata.name}`, copy] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe("the chart", () => {
  it("renders what kustomize builds, for every set of choices", async () => {
    const others = await Promise.all([buildMonitoring(), buildBackup(), buildApiPriority(), buildView()]).then((all) =>
      all.flat(),
    );
    for (const chosen of everyChosen(choices.length)) {
      const set = choices.filter((_, index) => isChosen(chosen, index)).map((choice) => choice.set);
      const rendered = await mustRun(
        helm,
        template(
          `northbound=${nb}`,
          ...["monitoring", "backup", "apiPriority", "view"].map((part) => `${part}.enabled=true`),
          ...set,
        ),
      );
      const built = [...(await buildManifests(chosen)), ...others];
      assert.deepEqual(comparable(parseManifests(rendered)), comparable(built), set.join());
    }
  });

  for (const chosen of everyChosen(ownOvnChoices.length)) {
    const those = ownOvnChoices.filter((_, index) => isChosen(chosen, index));
    it(`renders what kustomize builds for OVN of our own with ${those.map(({ set }) => set).join(" and ") || "defaults"}`, async () => {
      const set = ["ovn.enabled=true", "ovn.tunnelInterface=eth1", ...those.map((choice) => choice.set)];
      const rendered = comparable(parseManifests(await mustRun(helm, template(...set))), false);
      const built = await buildTogether({
        resources: ["overlays/with-ovn", "uninstall"],
        components: ["northbound-tls", ...those.map(({ component }) => component)].map((name) => `components/${name}`),
      });
      const text = built.replace('OVN_TUNNEL_INTERFACE: ""', "OVN_TUNNEL_INTERFACE: eth1");
      assert.deepEqual(rendered, comparable(parseManifests(text), false));
    });
  }

  const wrong: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ["no database", [], /northbound "" is not set, .* --set northbound=/],
    ["no endpoint", ["--set=northbound=192.0.2.1"], /northbound "192\.0\.2\.1" is not an endpoint; write tcp:/],
    ["two databases", [`--set=northbound=${nb}`, "--set=ovn.enabled=true"], /ovn\.enabled brings another/],
    [
      "userspace without an interface",
      ["--set=ovn.enabled=true", "--set=ovn.datapath=userspace"],
      /ovn\.tunnelInterface "" is not/,
    ],
    ["no southbound endpoint", [`--set=northbound=${nb}`, "--set=southbound=sb"], /southbound "sb" is not an endpoint/],
    ["ssl: without certificates", ["--set=northbound=ssl:192.0.2.1:6641"], /needs certificates; make the Secret/],
    ["another namespace", [`--set=northbound=${nb}`, "--namespace=else"], /"else" is not ovn4nfv-system/],
    ["two members", ["--set=ovn.enabled=true", "--set=ovn.members=2"], /members/],
    ["a mistyped value", [`--set=northbound=${nb}`, "--set=webhok.replicas=3"], /webhok/],
    ["no replica", [`--set=northbound=${nb}`, "--set=webhook.replicas=0"], /replicas/],
    ["certificates of nobody", [`--set=northbound=${nb}`, "--set=certificates=mine"], /certificates/],
  ];
  for (const [what, args, says] of wrong) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await runCommand(helm, [...template(), ...args]);
      assert.notEqual(code, 0);
      assert.match(stderr, says);
    });
  }
});

describe("an installation by the chart", { skip: whyLabCannotRun() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start({ addOns: [multusAddOn] });
    await importImage(lab, "ovn4nfv", await buildProductImage());
    await kubectl("create", "namespace", namespace);
    await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=privileged");
  });
  after(() => lab.stop());

  const kubectl = (...args: readonly string[]) => lab.controlPlane.kubectl.must(args, { timeoutMs: 200_000 });
  const inCluster = (...args: readonly string[]) =>
    mustRun(helm, [...args, own, `--kubeconfig=${lab.controlPlane.adminKubeconfig}`], {
      timeoutMs: 300_000,
      namespaces: lab.center.namespaces,
    });

  it("serves pods, and passes its own test", async () => {
    await inCluster("install", "ovn4nfv", chart, `--set=northbound=${nb}`, "--wait", "--timeout=4m");
    await lab.controlPlane.kubectl.apply([
      networkManifest("blue", { ipv4Subnets: [{ subnet: "10.10.0.0/24" }] }),
      labPod("first", { interfaces: [{ name: "blue" }] }),
    ]);
    await kubectl("wait", "pod/first", "--for=condition=Ready", "--timeout=120s");
    assert.match(await inCluster("test", "ovn4nfv"), /Phase: +Succeeded/);
  });

  it("is upgraded and rolled back, and the pod keeps its address", async () => {
    const result = () => kubectl("get", "pod", "first", "-o=jsonpath={.metadata.annotations}");
    const before = await result();
    await inCluster(
      "upgrade",
      "ovn4nfv",
      chart,
      "--reuse-values",
      "--set=webhook.replicas=3",
      "--wait",
      "--timeout=4m",
    );
    assert.equal(
      await kubectl("get", "deployment", "ovn4nfv-webhook", own, "-o=jsonpath={.status.readyReplicas}"),
      "3",
    );
    await inCluster("rollback", "ovn4nfv", "1", "--wait", "--timeout=4m");
    assert.equal(
      await kubectl("get", "deployment", "ovn4nfv-webhook", own, "-o=jsonpath={.status.readyReplicas}"),
      "2",
    );
    assert.equal(await result(), before);
  });

  it("is not uninstalled while pods hold addresses, and leaves nothing but definitions then", async () => {
    await assert.rejects(inCluster("uninstall", "ovn4nfv", "--timeout=30s"));
    await kubectl("delete", "pod", "first", "--timeout=60s");
    await inCluster("uninstall", "ovn4nfv", "--wait", "--timeout=4m");
    for (const kind of ["clusterroles", "mutatingwebhookconfigurations", "validatingadmissionpolicies"]) {
      assert.doesNotMatch(await kubectl("get", kind, "-o=name"), /ovn4nfv/, kind);
    }
    assert.equal((await kubectl("get", "deployments,daemonsets,jobs,pods", own, "-o=name")).trim(), "");
    assert.match(await kubectl("get", "crds", "-o=name"), /networks\.k8s\.plugin\.opnfv\.org/);
  });
});
