// The plugin of kubectl decides where a subcommand runs. Both programs that it calls print their arguments here.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mustRun } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";

const plugin = join(root, "deploy/plugin/kubectl-ovn4nfv");

async function run(
  args: readonly string[],
  {
    env = {},
    programs = ["ovn4nfv", "kubectl"],
    says = "KUBECONFIG=$KUBECONFIG",
  }: { env?: Record<string, string>; programs?: readonly string[]; says?: string } = {},
): Promise<string> {
  using folder = createTemporaryFolder("plugin");
  for (const name of programs) {
    const path = join(folder.path, name);
    writeFileSync(path, `#!/bin/sh\necho ${name} ${says} "$@"\n`);
    chmodSync(path, 0o755);
  }
  const PATH = `${folder.path}:/usr/bin:/bin`;
  return (await mustRun(plugin, args, { env: { PATH, ...env } })).trim();
}

const inPod = (namespace = "ovn4nfv-system") =>
  `--namespace ${namespace} exec -i deployment/ovn4nfv-controller --container controller -- ovn4nfv`;

describe("the plugin of kubectl", () => {
  it("runs in the pod of the controller what reads a database that nobody has named", async () => {
    assert.equal(await run(["networks", "blue", "-o", "json"]), `kubectl KUBECONFIG= ${inPod()} networks blue -o json`);
    assert.equal(
      await run(["completion", "kubectl", "--", "pods", ""]),
      `kubectl KUBECONFIG= ${inPod()} completion kubectl -- pods`,
    );
  });

  it("runs here what reads no database, and everything where the database is named", async () => {
    assert.equal(await run(["doctor"]), "ovn4nfv KUBECONFIG= doctor");
    assert.equal(await run(["trace", "web-0", "db-0"]), "ovn4nfv KUBECONFIG= trace web-0 db-0");
    assert.equal(
      await run(["networks", "--nb=tcp:192.0.2.1:6641"]),
      "ovn4nfv KUBECONFIG= networks --nb=tcp:192.0.2.1:6641",
    );
    assert.equal(await run(["check"], { env: { OVN4NFV_NB: "tcp:192.0.2.1:6641" } }), "ovn4nfv KUBECONFIG= check");
  });

  it("gives kubeconfig and namespace to kubectl, and the pod no kubeconfig", async () => {
    const args = ["pods", "--kubeconfig", "/k", "-n", "team", "--system-namespace=other"];
    assert.equal(await run(args), `kubectl KUBECONFIG=/k ${inPod("other")} pods -n team --system-namespace=other`);
    assert.equal(await run(["pods", "--kubeconfig=/k"]), `kubectl KUBECONFIG=/k ${inPod()} pods`);
    assert.equal(
      await run(["pods", "-n", "a", "--kubeconfig"]),
      `kubectl KUBECONFIG= ${inPod()} pods -n a --kubeconfig`,
    );
  });

  it("takes none for what it is to the program, and for no file of kubectl", async () => {
    const inThePod = `kubectl KUBECONFIG= ${inPod()} pods --kubeconfig=none -n a`;
    for (const none of [["--kubeconfig", "none"], ["--kubeconfig=none"]]) {
      assert.equal(await run(["pods", ...none, "-n", "a"]), inThePod);
    }
    assert.equal(await run(["pods"], { env: { OVN4NFV_KUBECONFIG: "none" } }), `kubectl KUBECONFIG= ${inPod()} pods`);
  });

  it("gives a program here its kubeconfig by the environment", async () => {
    const lines = await run(["doctor", "--kubeconfig", "/k", "-o", "json"], { says: "$OVN4NFV_KUBECONFIG" });
    assert.equal(lines, "ovn4nfv /k doctor -o json");
  });

  it("does not send to the pod what needs files of this machine, and says what to do", async () => {
    const files = [["-f", "pod.yaml"], ["--filename", "pod.yaml"], ["--filename=pod.yaml"], ["-fpod.yaml"]];
    for (const file of files) {
      await assert.rejects(
        run(["admit", ...file], { programs: ["kubectl"] }),
        /admit reads the file pod\.yaml on this machine, .*put ovn4nfv on the PATH.* admit also takes a manifest by -f -/,
      );
    }
    for (const words of [
      ["support-bundle"],
      ["view"],
      ["backup", "x"],
      ["restore", "x"],
      ["trace", "a", "b"],
      ["uninstall"],
    ]) {
      await assert.rejects(run(words, { programs: ["kubectl"] }), (error) => {
        return (
          /so the command itself must be here: put ovn4nfv on the PATH/.test(String(error)) &&
          !/admit/.test(String(error))
        );
      });
    }
    assert.equal(
      await run(["admit", "-f", "-"], { programs: ["kubectl"] }),
      `kubectl KUBECONFIG= ${inPod()} admit -f -`,
    );
    assert.equal(
      await run(["admit", "--filename=-", "-f-"], { programs: ["kubectl"] }),
      `kubectl KUBECONFIG= ${inPod()} admit --filename=- -f-`,
    );
  });

  it("runs everything in the pod where the program is not on the PATH", async () => {
    assert.equal(await run(["doctor"], { programs: ["kubectl"] }), `kubectl KUBECONFIG= ${inPod()} doctor`);
  });
});
