import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Lab, removeLeftovers, whyLabCannotRun } from "#lab/cluster/lab.ts";
import { busyboxImage } from "#lab/cluster/lab-images.ts";
import { multusAddOn } from "#lab/cluster/multus.ts";
import { betweenLabs, tracesOfLabs } from "#test/assertions/lab-traces.ts";
import { until } from "#test/assertions/until.ts";

function pod(name: string, nodeName: string, annotations: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name }, annotations },
    spec: { nodeName, containers: [{ name: "c", image: busyboxImage, imagePullPolicy: "Never" }] },
  };
}

const macvlan = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: { name: "second" },
  spec: {
    config: JSON.stringify({
      cniVersion: "1.0.0",
      type: "macvlan",
      master: "eth0",
      ipam: { type: "host-local", subnet: "10.99.0.0/24" },
    }),
  },
};

const web = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "b" }, ports: [{ port: 80, targetPort: 8080 }] },
};

describe("the lab", { skip: whyLabCannotRun() }, () => {
  let lab: Lab;
  let tracesBefore: object;

  before(async () => {
    tracesBefore = await betweenLabs(async () => {
      // This removes what a killed lab left, because the start of this lab would remove it too.
      await removeLeftovers();
      return tracesOfLabs();
    });
    lab = await Lab.start({ addOns: [multusAddOn] });
  });
  after(async () => {
    await lab.stop();
    assert.deepEqual(await betweenLabs(tracesOfLabs), tracesBefore, "the lab leaves nothing behind");
  });

  const kubectl = (...args: readonly string[]) => lab.controlPlane.kubectl.must(args, { timeoutMs: 130_000 });
  const ready = (...names: readonly string[]) =>
    kubectl("wait", "--for=condition=Ready", "--timeout=120s", ...names.map((name) => `pod/${name}`));

  it("runs pods on both nodes that reach each other, and a Service", async () => {
    await lab.controlPlane.kubectl.apply([pod("a", "n1"), pod("b", "n2"), web]);
    await ready("a", "b");
    const { status } = (await lab.controlPlane.kubectl.get(["pod", "b"])) as { status: { podIP: string } };
    assert.match(await kubectl("exec", "a", "--", "ping", "-c3", "-W5", status.podIP), /[1-3] packets received/);
    const serve = "echo hello > /tmp/index.html; httpd -p 8080 -h /tmp";
    await kubectl("exec", "b", "--", "sh", "-c", serve);
    const { spec } = (await lab.controlPlane.kubectl.get(["service", "web"])) as { spec: { clusterIP: string } };
    // kube-proxy learns of the Service's pods some time later. The limit is kubectl's.
    const fetch = `until wget -qO- http://${spec.clusterIP}; do sleep 0.2; done`;
    assert.equal(await kubectl("exec", "a", "--", "sh", "-c", fetch), "hello\n");
  });

  it("attaches a second interface through Multus", async () => {
    await lab.controlPlane.kubectl.apply([macvlan]);
    await lab.controlPlane.kubectl.apply([pod("c", "n1", { "k8s.v1.cni.cncf.io/networks": "second" })]);
    await ready("c");
    assert.match(await kubectl("exec", "c", "--", "ip", "addr", "show", "net1"), /inet 10\.99\.0\.\d+\/24/);
  });

  it("has one chassis for each node", async () => {
    assert.deepEqual(await lab.central.chassisNames(), ["n1", "n2"]);
  });

  it("comes back after a power cut of a node", async () => {
    const node = lab.nodes[1];
    assert.ok(node);
    await node.reboot();
    const restarts = () => kubectl("get", "pod", "b", "-o", "jsonpath={.status.containerStatuses[0].restartCount}");
    await until(async () => Number(await restarts()) >= 1, 120_000);
    await ready("b");
  });
});
