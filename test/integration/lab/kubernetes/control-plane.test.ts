import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { mustRun } from "#tools/process/command.ts";
import { ensureTools, whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "c", image: "i" }] },
});

describe("a control plane", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("control-plane");
  let plane: ControlPlane;

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path, audit: true });
  });
  after(async () => {
    await plane.stop();
    folder.remove();
  });

  it("stores a pod at once, and reports the version that it was built from", async () => {
    await plane.kubectl.apply([pod("a")]);
    const stored = (await plane.kubectl.get(["pod", "a"])) as { spec: { serviceAccountName: string } };
    assert.equal(stored.spec.serviceAccountName, "default");
    const tools = await ensureTools(["kube-apiserver"]);
    const built = (await mustRun(tools["kube-apiserver"], ["--version"])).trim().replace("Kubernetes ", "");
    assert.match(built, /^v1\.\d+\.\d+$/);
    const said = (await plane.kubectl.must(["version"])).split("\n");
    assert.ok(said.includes(`Server Version: ${built}`), said.join("\n"));
  });

  it("gives a user only the rights that RBAC gives", async () => {
    const kubeconfig = await plane.createUser({ commonName: "jane", organizations: ["dev"] });
    const refused = await plane.kubectl.run(["get", "pods"], { kubeconfig });
    assert.match(refused.stderr, /User "jane" cannot list resource "pods"/);
    await plane.kubectl.must(["create", "rolebinding", "dev", "--clusterrole=view", "--group=dev"]);
    assert.match(await plane.kubectl.must(["get", "pods"], { kubeconfig, passing: "cannot list resource" }), /^a /m);
  });

  it("writes who did what into the audit log", () => {
    const events = readJsonLines(join(folder.path, "audit.log")) as readonly {
      user: { username: string };
      verb: string;
    }[];
    assert.ok(events.some(({ user, verb }) => user.username === "jane" && verb === "list"));
  });

  it("keeps its objects when the API server is restarted", async () => {
    await plane.part("kube-apiserver").restart();
    assert.match(await plane.kubectl.must(["get", "pods"]), /^a /m);
  });
});
