// The AppArmor profile of the agent. Kernels of test machines often have no AppArmor, so it is parsed and not loaded.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { runCommand } from "#tools/process/command.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";

interface Template {
  readonly template: {
    readonly spec: Readonly<
      Record<
        "containers" | "initContainers",
        readonly {
          readonly securityContext: { readonly capabilities: { readonly add?: readonly string[] } };
          readonly volumeMounts: readonly { readonly mountPath: string; readonly readOnly?: boolean }[];
        }[]
      >
    >;
  };
}

describe("the AppArmor profile of the agent", { skip: whyProgramsAreMissing(["apparmor_parser"]) }, () => {
  before(() => ensurePrograms(["apparmor_parser"]));

  const text = readFileSync(`${root}/deploy/components/apparmor/ovn4nfv-agent`, "utf8");
  const agent = readManifests("deploy/base/agent.yaml").find(({ kind }) => kind === "DaemonSet");
  const { containers, initContainers } = (agent?.["spec"] as Template).template.spec;
  const parse = (profile: string) =>
    runCommand("apparmor_parser", ["--skip-kernel-load", "--skip-cache"], { input: profile });

  it("is one that the parser takes, which refuses a wrong word in it", async () => {
    assert.equal((await parse(text)).code, 0);
    const { code, stderr } = await parse(text.replace("capability sys_admin", "capability sys_nothing"));
    assert.notEqual(code, 0);
    assert.match(stderr, /Invalid capability sys_nothing/);
  });

  it("allows the capabilities of the DaemonSet, and no other", () => {
    const allowed = [...text.matchAll(/^ {2}capability (\w+),/gm)].map(([, name = ""]) => name.toUpperCase());
    const [container] = containers;
    assert.deepEqual(allowed.sort(), [...(container?.securityContext.capabilities.add ?? [])].sort());
  });

  it("allows each folder of the node that the DaemonSet mounts", () => {
    const mounts = [...containers, ...initContainers].flatMap(({ volumeMounts }) => volumeMounts);
    assert.ok(mounts.length > 5);
    for (const { mountPath } of mounts) {
      const rule = text.split("\n").find((line) => line.startsWith(`  ${mountPath}/*`));
      assert.ok(rule, `${mountPath} has no rule`);
    }
  });
});
