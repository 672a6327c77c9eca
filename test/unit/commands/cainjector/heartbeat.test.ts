import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { beat } from "#src/commands/cainjector/heartbeat.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly livenessProbe: { readonly exec: { readonly command: string[] } } }[];
      };
    };
  };
}

describe("the heartbeat of the cainjector", () => {
  it("is the uptime of the machine", async () => {
    using folder = createTemporaryFolder("heartbeat");
    const file = join(folder.path, "uptime");
    await beat(file);
    const seconds = Number(readFileSync(file, "utf8"));
    assert.ok(Math.abs(uptime() - seconds) < 60, `${seconds}`);
  });

  it("lets the probe of the manifest succeed while it is fresh, and fail when it is old or missing", async () => {
    using folder = createTemporaryFolder("heartbeat");
    const file = join(folder.path, "uptime");
    const [deployment] = readManifests("deploy/overlays/self-signed/cainjector.yaml") as readonly unknown[];
    const [container] = (deployment as Deployment).spec.template.spec.containers;
    const [shell = "", ...args] = container?.livenessProbe.exec.command ?? [];
    const probe = async () => {
      const here = args.map((arg) => arg.replaceAll("/run/heartbeat/uptime", file));
      // The image has a shell, and none of the programs that scripts often use.
      return (await runCommand(shell, here, { env: { PATH: "/nowhere" } })).code;
    };
    assert.notEqual(await probe(), 0);
    await beat(file);
    assert.equal(await probe(), 0);
    writeFileSync(file, `${Math.floor(uptime()) - 121}\n`);
    assert.notEqual(await probe(), 0);
  });
});
