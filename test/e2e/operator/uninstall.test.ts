import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys, serviceKeys } from "#src/api/annotation-keys.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { claimFinalizer } from "#src/api/claim/claim-keys.ts";
import { floatingIpFinalizer } from "#src/controllers/floating/floating-ip-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { networkManifest, uplinkManifest } from "#test/stacks/network-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { productFile } from "#tools/build/product-file.ts";

const { allocation } = annotationKeys;
const serviceIps = serviceKeys.serviceIps.key;

describe("uninstall, where webhook and controller have ended", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  let kubeconfig = "";
  before(async () => {
    stack = await AdmissionStack.start({ plane: { audit: true } });
    const { plane } = stack;
    const base = ["guard", "provider-networks", "services"].map((name) => `deploy/base/${name}.yaml`);
    await plane.administrator.apply(["deploy/crds/networks.yaml", ...base].flatMap(readManifests));
    await plane.administrator.established("networks.k8s.plugin.opnfv.org");
    await plane.kubectl.apply(readManifests("deploy/uninstall/job.yaml").filter(({ kind }) => kind !== "Job"));
    kubeconfig = await plane.createServiceAccountUser(systemNamespace, "ovn4nfv-uninstall");
    const controller = controllerProcess(stack);
    await controller.start();
    await stack.addSwitch("theirs", "10.1.0.0/24");
    for (const [name, subnet] of [
      ["ours", "10.2.0.0/24"],
      ["shared", "10.3.0.0/24"],
    ] as const) {
      await plane.kubectl.apply([networkManifest(name, { ipv4Subnets: [{ name: "s", subnet }] })]);
      await kubectl("wait", `network/${name}`, "--for=condition=Ready", "--timeout=90s");
    }
    await addForeignPort(nb(), { switchName: "shared", name: "vm", addresses: "0e:00:00:00:00:01 10.3.0.99" });
    for (const network of ["theirs", "ours"]) {
      await stack.create(podManifest({ name: `on-${network}`, annotations: request({ name: network }) }));
    }
    await controller.stop();
    for (const kind of ["providernetworks", "networkchainings", "uplinks", "floatingips", "ovnnodes"]) {
      await plane.administrator.apply(readManifests(`deploy/crds/${kind}.yaml`));
      await plane.administrator.established(`${kind}.k8s.plugin.opnfv.org`);
    }
    const west = { physicalNetwork: "provider", addresses: ["198.51.100.102/24"], nextHops: ["198.51.100.1"] };
    await plane.kubectl.apply([uplinkManifest("west", west)]);
    const wired = { providerNetType: "DIRECT", direct: { providerInterfaceName: "eth1" } };
    const metadata = { name: "wired", namespace: "default" };
    await plane.kubectl.apply([
      { apiVersion: "k8s.plugin.opnfv.org/v1alpha1", kind: "ProviderNetwork", metadata, spec: wired },
    ]);
    await plane.kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "FloatingIP",
        metadata: { name: "shop", namespace: "default", finalizers: [floatingIpFinalizer] },
        spec: { uplink: "west", selector: {} },
      },
    ]);
    await plane.administrator.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "NetworkChaining",
        metadata: { name: "old", namespace: "default", finalizers: ["nfnCleanUpNetworkChain", "example.org/other"] },
        spec: { chainType: "Routing", routingSpec: { networkChain: "net=left,app=f,net=right" } },
      },
    ]);
    await plane.administrator.apply(readManifests("deploy/components/ipam-claims/crd.yaml"));
    await plane.administrator.established("ipamclaims.k8s.cni.cncf.io");
    await plane.kubectl.apply([
      {
        apiVersion: "k8s.cni.cncf.io/v1alpha1",
        kind: "IPAMClaim",
        metadata: { name: "vm", namespace: "default", finalizers: [claimFinalizer, "example.org/other"] },
        spec: { network: "ours", interface: "" },
      },
    ]);
    await plane.kubectl.apply([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "default" },
        spec: { clusterIP: "None", ports: [{ port: 80 }] },
      },
    ]);
    await kubectl("annotate", "service", "web", `${serviceIps}=10.2.0.200`);
    const told = { type: "k8s.plugin.opnfv.org/Served", status: "True", reason: "Served", message: "at 10.2.0.200" };
    const lastTransitionTime = "2030-01-01T00:00:00Z";
    const status = JSON.stringify({ status: { conditions: [{ ...told, lastTransitionTime }] } });
    await kubectl("patch", "service", "web", "--subresource=status", "--type=merge", "-p", status);
    const tap = { uid: "u", name: "default/tap", direction: "both", sources: ["a"], sink: { port: "b" } };
    await plane.kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "OvnNode",
        metadata: { name: "n1" },
        spec: { taps: [tap] },
      },
    ]);
    for (const replica of stack.replicas) await replica.process.stop();
  });
  after(() => stack[Symbol.asyncDispose]());

  const nb = () => stack.nb.join(",");
  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must(args);
  const uninstall = (...switches: readonly string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [productFile, "uninstall", ...switches, ...printFlags({ nb: nb(), kubeconfig })]);
  /** The names in the tables in which an installation has rows of its own. */
  const names = async () => {
    const tables = ["logical_switch", "logical_router", "logical_switch_port"];
    const listed = await Promise.all(tables.map((table) => nbctl(nb(), "--bare", "--columns=name", "list", table)));
    return listed.join("\n").split("\n").filter(Boolean).sort();
  };

  it("says what is there, and changes nothing, without --yes", async () => {
    const before = await names();
    const { code, stdout } = await uninstall();
    assert.equal(code, 0);
    assert.match(
      stdout,
      /Pod default\/on-ours holds addresses\nPod default\/on-theirs holds addresses\nNB has 2 ports of pods/,
    );
    const named = [...stdout.matchAll(/^(.+) would be deleted$/gm)].map(([, name]) => name);
    assert.deepEqual(named, [
      "FloatingIP default/shop",
      "Network default/ours",
      "Network default/shared",
      "ProviderNetwork default/wired",
      "Uplink west",
    ]);
    assert.deepEqual(await names(), before);
  });

  it("refuses while pods hold addresses, and says the cure", async () => {
    const before = await names();
    const { code, stdout } = await uninstall("--yes");
    assert.equal(code, 3);
    assert.match(stdout, /delete these pods first/);
    assert.deepEqual(await names(), before);
    await kubectl("get", "mutatingwebhookconfiguration", "zz-ovn4nfv");
  });

  it("takes everything away with --force, and leaves what is somebody else's, the switch under it too", async () => {
    const { code, stdout, stderr } = await uninstall("--yes", "--force");
    assert.equal(code, 4, stderr);
    assert.match(stdout, /stay: ports of somebody else/);
    assert.deepEqual(
      (await names()).filter((name) => !name.startsWith("ovn4nfv-") && !/^(?:rto|jto|sto)/.test(name)),
      ["shared", "theirs", "vm"],
    );
    assert.equal(await kubectl("get", "networks,floatingips", "-A", "-o", "name"), "");
    const finalizers = await kubectl("get", "ipamclaim", "vm", "-o", "jsonpath={.metadata.finalizers[*]}");
    assert.equal(finalizers, "example.org/other", "the claim is its owner's, and stays");
    const ofChain = await kubectl("get", "networkchaining", "old", "-o", "jsonpath={.metadata.finalizers[*]}");
    assert.equal(ofChain, "example.org/other", "nobody is left to take the finalizer of Nodus off");
    const service = await kubectl("get", "service", "web", "-o", "json");
    assert.doesNotMatch(service, /opnfv\.org/, "the Service is its owner's, and says nothing of us");
    assert.equal(await kubectl("get", "ovnnode", "n1", "-o", "jsonpath={.spec.taps}"), "", "no agent makes a tap");
    assert.equal(
      await kubectl("get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "name"),
      "",
    );
    assert.equal(await kubectl("get", "pods", "-A", "-l", allocation.key, "-o", "name"), "");
    await kubectl("delete", "pods", "--all", "--timeout=90s");
    await assertRareRights(stack.plane, "test/e2e/operator/uninstall.test.ts");
  });

  it("can be run again, and ends when the last port of somebody else is gone", async () => {
    await nbctl(nb(), "lsp-del", "vm");
    const { code, stderr } = await uninstall("--yes");
    assert.equal(code, 0, stderr);
    assert.deepEqual(await names(), ["theirs"]);
    assert.doesNotMatch(await nbctl(nb(), "get", "nb_global", ".", "external_ids"), /opnfv/);
  });
});
