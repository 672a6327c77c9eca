// The first things that an operator looks for.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { before, describe, it } from "node:test";
import type { DoctorFinding } from "#src/commands/doctor/finding.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";
import { withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";

describe("doctor", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await sharedLab();
    await stack.rolledOut("deployment/ovn4nfv-webhook", "deployment/ovn4nfv-controller", "daemonset/ovn4nfv-agent");
  });

  const findings = async (...flags: readonly string[]): Promise<readonly DoctorFinding[]> => {
    const { center, controlPlane } = stack.lab;
    const args = [
      "doctor",
      "-o",
      "json",
      "--timeout=15s",
      `--sb=${labPlan.southbound}`,
      // The flag takes a list: given twice it would name two members of a cluster.
      ...(flags.some((flag) => flag.startsWith("--nb=")) ? [] : [`--nb=${labPlan.northbound}`]),
      ...flags,
    ];
    const env = withSources({ PATH: process.env["PATH"], KUBECONFIG: controlPlane.adminKubeconfig });
    const { stdout, stderr } = await center.run(process.execPath, [`${root}/src/main.ts`, ...args], {
      env,
      timeoutMs: 120_000,
    });
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as readonly DoctorFinding[];
  };
  const doctor = async (...flags: readonly string[]): Promise<readonly string[]> =>
    (await findings(...flags)).flatMap(({ check, health, says }) =>
      health === "ok" ? [] : [`${check} ${health}: ${says}`],
    );

  it("finds nothing in a cluster where everything works, without a version of Multus and a certificate of the API server", async () => {
    await stack.eventually(async () => {
      assert.deepEqual(
        (await doctor()).map((line) => line.split(": ")[0]),
        ["clients warning", "multus-version unknown"],
      );
    });
  });

  it("reads the versions of Open vSwitch and ovn-controller on the nodes, and those of northd and CNI", async () => {
    const found = await findings();
    const of = (check: string) => found.find((each) => each.check === check)?.says ?? "";
    const said = async (program: string) =>
      /\d+\.\d+\.\d+/.exec((await stack.n1.machine.run(ovnBinary(program), ["--version"])).stdout)?.[0] ?? "-";
    assert.equal(of("openvswitch"), `Open vSwitch ${await said("ovs-vswitchd")}`);
    assert.equal(of("ovn-controller"), `OVN ${await said("ovn-controller")}`);
    assert.ok(of("northd").startsWith(`OVN ${await said("ovn-northd")}`), of("northd"));
    assert.match(of("agent-version"), /^agent \d+\.\d+\.\d+$/);
    assert.match(of("cni"), /^CNI \d+\.\d+\.\d+$/);
  });

  it("has the other commands in the pod of the controller, without a flag, by kubectl exec and by the plugin", async () => {
    const { kubectl } = await ensureTools(["kubectl"]);
    const PATH = [dirname(kubectl), `${root}/deploy/plugin`, process.env["PATH"]].join(":");
    using home = createTemporaryFolder("home");
    const env = { PATH, HOME: home.path, KUBECONFIG: stack.lab.controlPlane.adminKubeconfig };
    const plugin = (...args: readonly string[]) =>
      stack.lab.center.run("kubectl", ["ovn4nfv", ...args], { env, timeoutMs: 120_000 });
    await stack.addNetworks({ "by-plugin": { ipv4Subnets: [{ subnet: "10.77.0.0/24" }] } });
    const pod = ["-n", systemNamespace, "exec", "deploy/ovn4nfv-controller", "-c", "controller", "--", "ovn4nfv"];
    const agreed = "Kubernetes and the Northbound database agree.\n";
    await stack.eventually(async () => {
      assert.equal(await stack.kubectl(...pod, "check", "--settle-time=2s"), agreed);
    });
    const shown = await plugin("networks", "by-plugin");
    assert.match(shown.stdout, /^by-plugin +10\.77\.0\.0\/24 .* Network +default +- +- +True$/m, shown.stderr);
    const wrong = await plugin("networks", "by-plugim");
    assert.equal(wrong.code, 3, wrong.stderr);
    const completed = await stack.lab.center.run("kubectl", ["__complete", "ovn4nfv", "networks", "by-"], { env });
    assert.match(completed.stdout, /^by-plugin\n:4/, completed.stderr);
    await stack.kubectl("delete", "network", "by-plugin");
  });

  it("distinguishes a firewall before the Northbound database from a database that is down", async () => {
    const { center } = stack.lab;
    await center.must("nft", ["-f", "-"], {
      input: "table inet doctor { chain firewall { type filter hook output priority 0; tcp dport 6699 drop; }; }",
    });
    const firewalled = await doctor("--nb=tcp:192.0.2.1:6699");
    await center.must("nft", ["delete", "table", "inet", "doctor"]);
    assert.match(firewalled.join("\n"), /northbound failed: tcp:192\.0\.2\.1:6699: it does not answer/);
    assert.doesNotMatch(firewalled.join("\n"), /clock/, "waiting for an answer is no wrong clock");
    assert.match((await doctor("--nb=tcp:192.0.2.1:6699")).join("\n"), /northbound failed: \S+ nothing listens there/);
  });

  it("names the node whose ovn-controller does not answer", async () => {
    const { controller } = stack.n2.chassis;
    await controller.stop();
    const found = await doctor();
    await controller.start();
    assert.match(found.join("\n"), /chassis failed: .*n2/);
    assert.doesNotMatch(found.join("\n"), /chassis failed: .*n1/);
  });

  it("names the node without an agent, and the definition that was deleted", async () => {
    const daemonSet = ["daemonset/ovn4nfv-agent", `--namespace=${systemNamespace}`];
    const only = (value: object | null) => JSON.stringify({ spec: { template: { spec: { nodeSelector: value } } } });
    await stack.kubectl("patch", ...daemonSet, "--type=merge", "-p", only({ "kubernetes.io/hostname": "n1" }));
    const definition = await stack.kubectl(
      "get",
      "network-attachment-definition",
      "ovn4nfv",
      "-n",
      "kube-system",
      "-o",
      "json",
    );
    await stack.kubectl("delete", "network-attachment-definition", "ovn4nfv", "-n", "kube-system");
    await stack.eventually(async () => {
      const found = (await doctor()).join("\n");
      assert.match(found, /agents failed: node n2 has no agent/);
      assert.match(found, /multus failed: our NetworkAttachmentDefinition is missing/);
    });
    await stack.apply(JSON.parse(definition) as object);
    await stack.kubectl("patch", ...daemonSet, "--type=merge", "-p", only({ "kubernetes.io/hostname": null }));
    await stack.rolledOut("daemonset/ovn4nfv-agent");
  });
});
