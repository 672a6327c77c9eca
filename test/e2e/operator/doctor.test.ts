// The commands of an operator against a real API server and Northbound database: doctor, support-bundle, kubectl plugin.
import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { DoctorFinding } from "#src/commands/doctor/finding.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createIdentities, systemNamespace } from "#lab/kubernetes/identities.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { northboundPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder, type TemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import { withSources } from "#tools/source-condition.mjs";
import { root } from "#tools/source-files.ts";
import { request } from "#test/fixtures/kube/pod-manifest.ts";
import { issue } from "#test/fixtures/commands/healthy-facts.ts";
import { until } from "#test/assertions/until.ts";
import { productFile } from "#tools/build/product-file.ts";

const whyNot = whyToolsAreMissing(controlPlaneTools) || whyProgramsAreMissing(northboundPrograms);
const hourMs = 3_600_000;

describe("the commands of an operator", { skip: whyNot }, () => {
  let folder: TemporaryFolder;
  let plane: ControlPlane;
  let central: OvnCentral;
  let path: string;

  before(async () => {
    folder = createTemporaryFolder("doctor");
    [plane, central] = await Promise.all([
      ControlPlane.start({ folder: folder.path }),
      OvnCentral.start({ folder: folder.path, northd: false }),
    ]);
    const program = join(folder.path, "ovn4nfv");
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" $OPTIONS "${productFile}" "$@"\n`);
    chmodSync(program, 0o755);
    const { kubectl } = await ensureTools(["kubectl"]);
    path = [folder.path, `${root}/deploy/plugin`, join(kubectl, ".."), process.env["PATH"]].join(":");
    await plane.kubectl.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } }]);
  });
  after(async () => {
    await Promise.all([plane.stop(), central.stop()]);
    folder.remove();
  });

  const run = (
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> => {
    const own = { PATH: path, HOME: folder.path, KUBECONFIG: plane.adminKubeconfig, OVN4NFV_NB: central.nb };
    return runCommand(command, args, { env: withSources({ ...own, ...env }), timeoutMs: 120_000 });
  };
  const doctor = async (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    const { stdout, stderr, code } = await run("ovn4nfv", ["doctor", "-o", "json", ...args], env);
    assert.equal(code, 5, stderr);
    return JSON.parse(stdout) as readonly DoctorFinding[];
  };
  const of = (findings: readonly DoctorFinding[], check: string): string =>
    findings.flatMap((one) => (one.check === check ? [`${one.health}: ${one.says}`] : [])).join("\n");
  const serve = (name: string, cert: string, ca: string, url: string): Promise<void> =>
    plane.kubectl.apply([
      { ...podWebhookConfiguration({ url, ca }), metadata: { name } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "ovn4nfv-webhook-tls", namespace: systemNamespace },
        type: "kubernetes.io/tls",
        data: { "tls.crt": Buffer.from(cert).toString("base64"), "tls.key": Buffer.from("none").toString("base64") },
      },
    ]);

  it("doctor names an installation that is missing, and Multus", async () => {
    const found = await doctor();
    assert.match(of(found, "installation"), /^failed: no webhook configuration/);
    assert.match(of(found, "multus"), /^failed: the kind NetworkAttachmentDefinition is not installed/);
    assert.match(of(found, "webhook"), /^failed: a pod with our annotation was admitted without/);
    assert.match(of(found, "controller"), /^failed: no controller has ever led/);
    assert.match(of(found, "northbound"), /^ok: /);
    assert.match(of(found, "clock"), /^ok: /);
  });

  it("doctor names a Northbound database that is down", async () => {
    assert.match(
      of(await doctor(["--nb", "unix:/nowhere/nb.sock"]), "northbound"),
      /^failed: unix:\/nowhere\/nb.sock: there is no such socket/,
    );
  });

  it("doctor names a clock that is off", async () => {
    const late = "const now = Date.now; Date.now = () => now() - 600000;";
    const found = await doctor([], { OPTIONS: `--import data:text/javascript,${encodeURIComponent(late)}` });
    assert.match(of(found, "clock"), /^failed: this machine is (59\d|60\d) s behind the API server/);
  });

  it("doctor names an expired certificate, a wrong caBundle, a webhook that nobody reaches, and two installations", async () => {
    const expired = await issue(undefined, Date.now() - 48 * hourMs);
    await serve("zz-ovn4nfv", expired.cert, expired.ca, "https://127.0.0.1:9");
    const first = await doctor();
    assert.match(of(first, "certificate"), /^failed: the serving certificate ended at/);
    assert.match(of(first, "webhook"), /^failed: no replica is ready/);
    const other = await issue();
    await serve("zz-ovn4nfv", (await issue()).cert, other.ca, "https://127.0.0.1:9");
    assert.match(
      of(await doctor(), "certificate"),
      /^failed: zz-ovn4nfv, entry allocate\S+: caBundle is not the authority/,
    );
    await serve("zz-ovn4nfv-2", other.cert, other.ca, "https://127.0.0.1:10");
    assert.match(
      of(await doctor(), "installation"),
      /^failed: there are two installations: zz-ovn4nfv and zz-ovn4nfv-2/,
    );
    await plane.kubectl.must(["delete", "mutatingwebhookconfiguration", "zz-ovn4nfv", "zz-ovn4nfv-2"]);
  });

  it("doctor names the pod that waits for a definition that is not there, and the Deployment whose pods are refused", async () => {
    const annotations = { "k8s.v1.cni.cncf.io/networks": "nowhere" };
    const metadata = { name: "stuck", namespace: "default", annotations };
    const containers = [{ name: "main", image: "none" }];
    const spec = { nodeName: "n1", automountServiceAccountToken: false, containers };
    await plane.kubectl.must(["wait", "--for=create", "serviceaccount/default", "--timeout=60s"]);
    await plane.kubectl.apply([{ apiVersion: "v1", kind: "Pod", metadata, spec }]);
    const { cert, ca } = await issue();
    await serve("zz-ovn4nfv", cert, ca, "https://127.0.0.1:9");
    const labels = { app: "web" };
    const template = { metadata: { labels, annotations: request({ name: "blue" }) }, spec: { containers } };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" } };
    await plane.kubectl.apply([{ ...deployment, spec: { selector: { matchLabels: labels }, template } }]);
    await until(async () => /stuck[^]*default\/web/.test(JSON.stringify(await doctor())));
    const found = await doctor();
    assert.match(
      of(found, "pods"),
      /^warning: default\/stuck has waited .* s: it selects the definition default\/nowhere, which is not there$/,
    );
    assert.match(
      of(found, "workloads"),
      /^warning: Deployment default\/web gets no pods: .*failed calling webhook "allocate\.pods\.ovn4nfv\.opnfv\.org"/,
    );
    await plane.kubectl.must(["delete", "mutatingwebhookconfiguration", "zz-ovn4nfv"]);
    await plane.kubectl.must(["delete", "pod/stuck", "deployment/web", "--force", "--grace-period=0"]);
  });

  it("doctor says in a few words which right is missing, and where it cannot look at all", async () => {
    const { controller } = await createIdentities(plane);
    const limited = await doctor([], { KUBECONFIG: controller, OVN4NFV_SB: "" });
    assert.equal(
      of(limited, "workloads"),
      "unknown: needs a user who may list replicasets: run it with your kubeconfig",
    );
    assert.match(of(limited, "webhook"), /^unknown: needs a user who may create pods in default: run it with/);
    assert.match(of(limited, "pods"), /^ok: /);
    const [southbound] = limited.filter(({ check }) => check === "southbound");
    assert.match(southbound?.cure ?? "", /--sb tcp:/);
    for (const { says } of limited) assert.ok(says.length < 160, says);
    const alone = await doctor([], { KUBECONFIG: "", HOME: "/nowhere" });
    assert.match(of(alone, "kubernetes"), /^failed: no kubeconfig was found: .*--kubeconfig$/);
    assert.equal(of(alone, "agents"), "unknown: see the line kubernetes");
    assert.match(of(alone, "northbound"), /^ok: /);
  });

  it("doctor prints for a pipe lines of at most 80 characters, findings and cures indented", async () => {
    const { stdout } = await run("ovn4nfv", ["doctor"]);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^CHECK +HEALTH +FINDING$/);
    assert.match(stdout, /^ +cure: /m);
    // A name or command that is one long word is not broken.
    for (const line of lines) assert.ok(line.length <= 80 || !line.trim().includes(" "), line);
  });

  it("kubectl runs it all as a plugin", async () => {
    await central.nbctl("ls-add", "blue", "--", "set", "logical_switch", "blue", "other_config:subnet=10.10.0.0/24");
    const { stdout, stderr } = await run("kubectl", ["ovn4nfv", "networks"]);
    assert.match(stdout, /^blue +10\.10\.0\.0\/24/m, stderr);
    const completed = await run("kubectl", ["__complete", "ovn4nfv", "netw"]);
    assert.match(completed.stdout, /^networks\n:4/, completed.stderr);
  });

  it("a support bundle has reports and objects, and no secret", async () => {
    const secret = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIhunter2hunter2\n-----END PRIVATE KEY-----\n";
    const metadata = { name: "leak", namespace: systemNamespace };
    await plane.kubectl.apply([
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: { pem: secret, password: "hunter2" } },
    ]);
    const target = join(folder.path, "bundle");
    const { stdout, code, stderr } = await run("ovn4nfv", ["support-bundle", target, "--settle-time", "0s"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\S+bundle: \d+ files/);
    const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    assert.ok(files.some(({ name }) => name === "doctor.json"));
    assert.match(texts.join("\n"), /name: leak/);
    assert.doesNotMatch(texts.join("\n"), /hunter2/);
  });
});
