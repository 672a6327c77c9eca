// Ports stay on the node of their pod, whatever another node's Open vSwitch says.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { type LabStack, labPod } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

describe("the port of a pod", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  let port: string;
  let id: string;
  before(async () => {
    stack = await sharedLab();
    await stack.apply(labPod("kept", { node: "n1", interfaces: [{ name: "plain" }] }));
    await stack.ready("kept");
    const pod = await stack.pod("kept");
    port = resultOf(pod)[0]?.port ?? "";
    id = port.slice(0, port.lastIndexOf("-"));
  });

  const nbctl = (...args: readonly string[]) => stack.lab.central.nbctl(...args);
  /** The system id of the chassis that has the port. */
  const holder = async (): Promise<string> => {
    const uuid = await stack.lab.central.sbctl(
      ...["--bare", "--columns=chassis", "find", "Port_Binding", `logical_port=${port}`],
    );
    return (await stack.lab.central.sbctl("--bare", "--columns=name", "list", "Chassis", uuid.trim())).trim();
  };

  it("requests the chassis that the agent of its node has published for the controller", async () => {
    const text = await stack.kubectl("get", "ovnnode", "n1", "-o", "json");
    const { metadata, status } = JSON.parse(text) as {
      readonly metadata: { readonly ownerReferences: readonly { readonly kind: string; readonly name: string }[] };
      readonly status: { readonly systemId: string; readonly encapIps: readonly string[]; readonly mtu: number };
    };
    assert.deepEqual(
      metadata.ownerReferences.map(({ kind, name }) => [kind, name]),
      [["Node", "n1"]],
    );
    const said = await stack.n1.chassis.vsctl("get", "Open_vSwitch", ".", "external_ids:system-id");
    // ovs-vsctl quotes what is no word.
    const systemId = said.trim().replaceAll('"', "");
    assert.equal(status.systemId, systemId);
    assert.equal(status.encapIps.length, 1);
    assert.ok(status.mtu >= 1_000);
    await stack.eventually(async () => {
      const option = await nbctl("--if-exists", "get", "Logical_Switch_Port", port, "options:requested-chassis");
      assert.equal(option.trim().replaceAll('"', ""), systemId);
    });
    assert.equal(await holder(), systemId);
  });

  it("is not taken by the chassis of another node that has an interface of its name, and traffic goes on", async () => {
    const link = "claim";
    await stack.apply(labPod("peer", { node: "n2", interfaces: [{ name: "plain" }] }));
    await stack.ready("peer");
    const [own = ""] = (resultOf(await stack.pod("kept"))[0]?.ip_address[0] ?? "").split("/");
    await stack.assertReaches("peer", [own]);
    const ids = [`external_ids:iface-id=${port}`, `external_ids:iface-id-ver=${id}`];
    await stack.n2.chassis.vsctl(
      ...["add-port", "br-int", link, "--", "set", "Interface", link, "type=internal", ...ids],
    );
    try {
      // Each chassis answers when it has done all that it knows of by then.
      await nbctl("--wait=hv", "sync");
      await nbctl("--wait=hv", "sync");
      assert.equal(await holder(), "n1");
      await stack.assertReaches("peer", [own]);
    } finally {
      await stack.n2.chassis.vsctl("--if-exists", "del-port", "br-int", link);
      await stack.remove("peer");
    }
  });

  it("is as before when all of that is over", async () => {
    await stack.remove("kept");
    await stack.assertSettled();
  });
});
