import assert from "node:assert/strict";
import { test } from "node:test";
import { readVersions } from "#src/commands/doctor/read-versions.ts";
import { readInfo } from "#src/commands/node-versions.ts";
import { beginSharedReads } from "#src/commands/doctor/shared-reads.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";

const metadata = (name: string) => ({ name, namespace: "ns", uid: name, resourceVersion: "1" });
const workload = (name: string, image: string) => ({
  metadata: metadata(name),
  spec: { template: { spec: { containers: [{ image }] } } },
});
const info = 'ovn4nfv_agent_node_info{agent_version="0.2.0",ovs_version="3.1.0",ovn_controller_version="23.03.1"} 1\n';

test("versions are read from images, the definition, and the metrics of the agents", async () => {
  const client = new FakeApiClient(({ path }) => {
    if (path.endsWith("/daemonsets")) {
      const images = ["registry.k8s.io/kube-proxy:v1.34.4", "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick"];
      return listOf(
        images.map((image, index) => workload(`d${index}`, image)),
        "1",
      );
    }
    if (path.endsWith("/deployments")) {
      return listOf([workload("cm", "quay.io/jetstack/cert-manager-controller:v1.11.5")], "1");
    }
    if (path.endsWith("/network-attachment-definitions/ovn4nfv")) {
      return { metadata: metadata("ovn4nfv"), spec: { config: '{"cniVersion":"0.4.0","type":"ovn4nfv-cni"}' } };
    }
    if (path.endsWith("/pods")) {
      const declared = { ports: [{ name: "operations", containerPort: 9555 }] };
      const pod = (name: string, nodeName: string, container: object, podIP: string | undefined) => ({
        metadata: metadata(name),
        spec: { nodeName, containers: [container] },
        status: { podIP },
      });
      return listOf(
        [
          pod("before-n1", "n1", declared, "192.0.2.1"),
          pod("after-n1", "n1", { args: ["agent"] }, "192.0.2.1"),
          pod("starts-n2", "n2", {}, undefined),
          pod("a-n2", "n2", { args: ["agent", "--operations-listen=[192.0.2.2]:9666"] }, "192.0.2.2"),
          pod("a-n3", "n3", {}, "192.0.2.3"),
          pod("starts-n4", "n4", {}, undefined),
        ],
        "1",
      );
    }
    if (path === "/api/v1/namespaces/ns/pods/before-n1%3A9555/proxy/metrics") return [Buffer.from(info)];
    if (path === "/api/v1/namespaces/ns/pods/a-n2%3A9666/proxy/metrics") return [Buffer.from(info)];
    if (path.includes("starts")) throw statusError(400, "BadRequest");
    throw statusError(503, "ServiceUnavailable");
  });
  const definition = { namespace: "kube-system", name: "ovn4nfv" };
  assert.deepEqual(await readVersions(client, beginSharedReads({ client, namespace: "ns", definition }, {}), {}), {
    multusVersion: { value: "4.2.4" },
    certManagerVersion: { value: "1.11.5" },
    cniVersion: { value: "0.4.0" },
    nodeVersions: {
      value: [
        { node: "n1", agent: "0.2.0", ovs: "3.1.0", ovnController: "23.03.1" },
        { node: "n2", agent: "0.2.0", ovs: "3.1.0", ovnController: "23.03.1" },
        ...["n3", "n4"].map((node) => ({ node, agent: undefined, ovs: undefined, ovnController: undefined })),
      ],
    },
  });
});

test("an image without a version, and an empty label, are no version", async () => {
  const client = new FakeApiClient(({ path }) => {
    if (!path.endsWith("/daemonsets")) throw statusError(404, "NotFound");
    return listOf([workload("d", "example/multus-cni:snapshot")], "1");
  });
  const place = { client, namespace: "ns", definition: { namespace: "a", name: "b" } };
  const { multusVersion } = await readVersions(client, beginSharedReads(place, {}), {});
  assert.deepEqual(multusVersion, { value: undefined });
  assert.deepEqual(readInfo('ovn4nfv_agent_node_info{ovs_version="",ovn_controller_version="23.03.1"} 1'), {
    agent: undefined,
    ovs: undefined,
    ovnController: "23.03.1",
  });
});
