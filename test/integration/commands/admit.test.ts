import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { filesOnDisk, sampleFiles, sampleName } from "#demo/samples.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { printPlainKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { dumpDatabase } from "#lab/ovn/ovsdb-server.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";

test("every sample on disk is in the list that demo and tests use", () => {
  assert.deepEqual(filesOnDisk().toSorted(), sampleFiles.toSorted());
});

test("every sample is admitted, and looking writes nothing to NB", async (t) => {
  const nb = await northboundWithSamples(t);
  const before = await dumpDatabase(nb, "OVN_Northbound");
  for (const path of sampleFiles) {
    const { status, stdout, stderr } = await runCommandLine(["admit", "--nb", nb, "-f", path]);
    assert.deepEqual([status, stderr], [0, ""], sampleName(path));
    assert.match(stdout, /^default\/\S+ +\S+ +(blue|green) +10\./m);
  }
  assert.equal((await runCommandLine(["networks", "--nb", nb])).status, 0);
  assert.equal((await runCommandLine(["addresses", "--nb", nb])).status, 0);
  assert.deepEqual(await dumpDatabase(nb, "OVN_Northbound"), before);
});

test("with --no-dry-run the addresses that are printed are the rows in NB, and asking again is refused", async (t) => {
  const nb = await northboundWithSamples(t);
  const path = sampleFiles.find((file) => sampleName(file) === "dual-stack") ?? "";
  const argv = [
    "admit",
    "--nb",
    nb,
    "--no-dry-run",
    "--kubeconfig",
    "none",
    "--log-level",
    "error",
    "-o",
    "json",
    "-f",
    path,
  ];
  const first = await runCommandLine(argv);
  assert.deepEqual([first.status, first.stderr], [0, ""]);
  const { metadata } = JSON.parse(first.stdout) as { metadata: { annotations: Record<string, string> } };
  const [result] = JSON.parse(metadata.annotations["k8s.plugin.opnfv.org/ovnInterfaces"] ?? "") as [
    { ip_address: string[]; mac_address: string; port: string },
  ];
  const { ports } = await readNb([nb]);
  assert.deepEqual(
    ports.map(({ name, addresses }) => [name, addresses.filter((word) => word !== "").sort()]),
    [[result.port, [result.mac_address, ...result.ip_address.map((text) => text.replace(/\/.*/, ""))].sort()]],
  );
  const second = await runCommandLine(argv);
  assert.deepEqual([second.status, second.stdout], [3, ""]);
  assert.match(second.stderr, /^refused: default\/dual-stack: (MacInUse|AddressInUse): .*; ask for another /);
  assert.equal((await readNb([nb])).ports.length, 1);
  const global = (await dumpDatabase(nb, "OVN_Northbound")).get("NB_Global");
  assert.doesNotMatch(JSON.stringify(global), /fence-admit/, "the key of a process that is gone");
  assert.match(JSON.stringify(global), /_uuid/);
});

test("with --no-dry-run the ports name the cluster of --kubeconfig, whose controller sweeps them", async (t) => {
  const nb = await northboundWithSamples(t);
  using folder = createTemporaryFolder("admit");
  const kubeSystem = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "kube-system", uid: "uid-of-cluster", resourceVersion: "1" },
  };
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(kubeSystem));
  });
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder.path, "kubeconfig");
  writeFileSync(kubeconfig, printPlainKubeconfig(`http://127.0.0.1:${port.toString()}`));
  const flags = ["--nb", nb, "--no-dry-run", "--kubeconfig", kubeconfig, "--log-level", "error"];
  const { status, stderr } = await runCommandLine(["admit", ...flags, "-f", sampleFiles[0] ?? ""]);
  assert.deepEqual([status, stderr], [0, ""]);
  const { ports } = await readNb([nb]);
  assert.deepEqual(
    ports.map(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/cluster")),
    ["uid-of-cluster"],
  );
});

test("a refused pod does not keep the others of the run from being shown", async (t) => {
  const nb = await northboundWithSamples(t);
  const bad = JSON.stringify({
    kind: "Pod",
    metadata: { name: "bad", annotations: { ovnNetwork: '[{"name":"bleu"}]' } },
  });
  const { status, stdout, stderr } = await runCommandLine(
    ["admit", "--nb", nb, "-n", "default", "-f", "-", "-f", sampleFiles[0] ?? ""],
    {},
    bad,
  );
  assert.equal(status, 3);
  assert.match(stdout, /^default\/one-interface /m);
  assert.match(stderr, /^refused: default\/bad: UnknownNetwork: /m);
});

test("a pod that asks by Multus selections alone is admitted as in its namespace, by the definitions that come along", async (t) => {
  const nb = await northboundWithSamples(t);
  const objects = (...namespaces: readonly object[]) =>
    JSON.stringify({
      kind: "List",
      items: [
        ...namespaces,
        {
          kind: "NetworkAttachmentDefinition",
          metadata: { name: "blue-net", namespace: "default" },
          spec: { config: '{"type":"ovn4nfv-cni","nfn-network":"blue"}' },
        },
        { kind: "Pod", metadata: { name: "a", annotations: { "k8s.v1.cni.cncf.io/networks": "blue-net" } } },
      ],
    });
  const admit = (manifests: string, ...flags: readonly string[]) =>
    runCommandLine(["admit", "--nb", nb, "--log-level", "error", ...flags, "-f", "-"], {}, manifests);
  const assumed = await admit(objects());
  assert.equal(assumed.status, 0);
  assert.match(assumed.stdout, /^default\/a +net1 +blue +10\./m);
  assert.match(
    assumed.stderr,
    /^Warning: default\/a: asks by Multus selections alone, which counts where .*multus-pods=enabled\n$/,
  );
  const labels = { "k8s.plugin.opnfv.org/multus-pods": "enabled" };
  const known = await admit(
    objects({ kind: "Namespace", metadata: { name: "default", labels } }),
    "--no-dry-run",
    "--kubeconfig",
    "none",
  );
  assert.deepEqual([known.status, known.stderr, (await readNb([nb])).ports.length], [0, "", 1]);
  const out = await admit(objects({ kind: "Namespace", metadata: { name: "default" } }));
  assert.deepEqual([out.status, out.stderr], [0, ""]);
  assert.match(out.stdout, /^default\/a +<none> /m);
});

test("a stored pod whose selections were changed gets what is new besides what it has, or is refused as on its change", async (t) => {
  const nb = await northboundWithSamples(t);
  const has = {
    ip_address: ["10.1.0.7/24"],
    mac_address: "0a:58:0a:01:00:07",
    gateway_ip: ["10.1.0.1"],
    defaultGateway: "false",
    interface: "net1",
    network: "blue",
    port: "01KDGX3V9ZJ4T1C3R6Y8M2N5QW-net1",
  };
  const definition = {
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "green-net", namespace: "default" },
    spec: { config: '{"type":"ovn4nfv-cni","nfn-network":"green"}' },
  };
  const first = { name: "ovn4nfv", namespace: "kube-system", interface: "net1" };
  const admit = (...selections: readonly object[]) => {
    const annotations = {
      "k8s.plugin.opnfv.org/nfn-network": '{"type":"ovn4nfv","interface":[{"name":"blue"}]}',
      "k8s.plugin.opnfv.org/ovnInterfaces": JSON.stringify([has]),
      "k8s.plugin.opnfv.org/covered-networks": JSON.stringify([first]),
      "k8s.plugin.opnfv.org/allocation-token": "nobody can verify it here",
      "k8s.v1.cni.cncf.io/networks": JSON.stringify(selections),
    };
    const labels = { "k8s.plugin.opnfv.org/allocation": "01KDGX3V9ZJ4T1C3R6Y8M2N5QW" };
    const pod = { kind: "Pod", metadata: { name: "web", namespace: "default", labels, annotations }, spec: {} };
    const manifests = JSON.stringify({ kind: "List", items: [definition, pod] });
    return runCommandLine(["admit", "--nb", nb, "--log-level", "error", "-f", "-"], {}, manifests);
  };
  const plugged = await admit(first, { name: "green-net", interface: "net2" });
  assert.equal(plugged.status, 0, plugged.stderr);
  assert.match(plugged.stdout, /^default\/web +net1 +blue +10\.1\.0\.7/m);
  assert.match(plugged.stdout, /^default\/web +net2 +green +10\./m);
  const nameless = await admit(first, { name: "green-net" });
  assert.equal(nameless.status, 3);
  assert.match(nameless.stderr, /^refused: default\/web: InterfaceInvalid: .*is left out/m);
  const unplugged = await admit();
  assert.match(unplugged.stderr, /^refused: default\/web: ChangeRefused: /m);
});
