// Pods without a request of ours, under a real Multus.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { labPod, type LabStack, type PodObject } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

const { multusNamespace, multusNetworks, multusStatus } = annotationKeys;

describe("pods that ask by Multus selections alone", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
    await stack.kubectl("label", "namespace", "default", `${multusNamespace.key}=${multusNamespace.value}`);
    const plugins = [{ type: "ovn4nfv-cni", "nfn-network": "dual" }];
    await stack.apply(
      definition("alone-plain", { type: "ovn4nfvk8s-cni", "nfn-network": "plain" }),
      definition("alone-dual", { plugins }),
    );
    // The API server learns of the label some moments later.
    const probe = labPod("alone-probe", { annotations: { [multusNetworks.key]: "alone-plain" } });
    await stack.eventually(async () => {
      const dryRun = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
      const said = await stack.lab.controlPlane.kubectl.run(dryRun, { input: JSON.stringify(probe) });
      assert.match(said.stdout, /ovnInterfaces/);
    });
  });
  after(async () => {
    await stack.kubectl("label", "namespace", "default", `${multusNamespace.key}-`);
  });

  it("are wired as selected: one network twice, addresses, MAC, names, and the default route", async () => {
    const selections = [
      { name: "alone-plain", ips: ["10.10.0.77"], mac: "0a:00:00:00:00:77" },
      { name: "alone-dual", interface: "up", "default-route": ["10.20.0.1"] },
      { name: "alone-plain" },
    ];
    const names = ["alone-1", "alone-2"];
    const selecting = (text: string) => ({ [multusNetworks.key]: text });
    await stack.apply(
      labPod("alone-1", { node: "n1", annotations: selecting(JSON.stringify(selections)) }),
      labPod("alone-2", { node: "n2", annotations: selecting("alone-plain,alone-plain@second,alone-dual") }),
    );
    await stack.ready(...names);
    const [one, two] = await Promise.all(names.map((name) => stack.pod(name)));
    assert.ok(one && two);
    assert.equal(told(one), "default/alone-plain@net1 default/alone-dual@up default/alone-plain@net3");
    assert.equal(told(two), "default/alone-plain@net1 default/alone-plain@second default/alone-dual@net3");
    const link = (await stack.linksOf(one)).find(({ ifname }) => ifname === "net1");
    assert.equal(link?.address, "0a:00:00:00:00:77");
    assert.ok(link.addr_info.some(({ local, prefixlen }) => `${local}/${prefixlen}` === "10.10.0.77/24"));
    assert.match(await stack.inPod(one, "ip", "route", "show", "default"), /^default via 10\.20\.0\.1 dev up *\n$/);
    await stack.assertReaches("alone-1", addressesOf(two));
    await stack.assertReaches("alone-2", addressesOf(one));
    await stack.assertSettled();
    await stack.remove(...names);
    await stack.assertSettled();
  });
});

function definition(name: string, config: object): object {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name },
    spec: { config: JSON.stringify({ cniVersion: "1.0.0", name, ...config }) },
  };
}

/** The interfaces that Multus says it attached, apart from the first one. */
function told({ metadata }: PodObject): string {
  const all = JSON.parse(metadata.annotations?.[multusStatus.key] ?? "[]") as readonly {
    readonly name: string;
    readonly interface: string;
  }[];
  return all
    .filter((one) => one.interface !== "eth0")
    .map((one) => `${one.name}@${one.interface}`)
    .join(" ");
}

function addressesOf(pod: PodObject): readonly string[] {
  return resultOf(pod).flatMap(({ ip_address: all }) => all.map((address) => address.replace(/\/.*/, "")));
}
