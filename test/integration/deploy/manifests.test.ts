import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ovnImageName } from "#tools/image/ovn-image.ts";
import { productImageName } from "#tools/image/product-image.ts";
import { buildFolder, buildTogether } from "#tools/manifest/kustomize.ts";
import { parseManifests } from "#tools/manifest/manifests.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { installManifestPath, printInstallManifest } from "#tools/manifest/install-manifest-text.ts";
import { root } from "#tools/source-files.ts";

describe("the manifests", { skip: whyToolsAreMissing(["kubectl"]) }, () => {
  it("are in install.yaml as they are in the overlay; `npm run manifest` writes it", async () => {
    assert.equal(readFileSync(`${root}/${installManifestPath}`, "utf8"), await printInstallManifest());
  });

  for (const folder of globSync("deploy/{overlays/*,uninstall,monitoring}/kustomization.yaml", { cwd: root }).map(
    dirname,
  )) {
    it(`of ${folder} can be built`, async () => {
      assert.match(await buildFolder(folder), /^kind: /m);
    });
  }

  it("of the component apparmor can be built, and name the profile", async () => {
    const pod = (await buildComponent("apparmor"))?.["spec"] as { readonly template: { readonly spec: object } };
    assert.match(
      JSON.stringify(pod.template.spec),
      /"appArmorProfile":\{"localhostProfile":"ovn4nfv-agent","type":"Localhost"\}/,
    );
  });

  it("of the overlay with-ovn name the images that are made, and nothing there is privileged", async () => {
    const text = await buildFolder("deploy/overlays/with-ovn");
    const images = new Set([...text.matchAll(/^ +(?:- )?image: (\S+)$/gm)].map(([, image]) => image));
    assert.deepEqual([...images].sort(), [productImageName, ovnImageName()].sort());
    assert.doesNotMatch(text, /privileged: true/);
    assert.match(text, /OVN_DATAPATH: kernel/);
  });

  it("of the component ovn-userspace make one container privileged: the one with the datapath", async () => {
    const built = await buildTogether({ resources: ["ovn"], components: ["components/ovn-userspace"] });
    assert.match(built, /OVN_DATAPATH: userspace/);
    assert.equal(built.match(/privileged: true/g)?.length, 1);
    const host = parseManifests(built).find(({ kind }) => kind === "DaemonSet");
    const { containers } = (host?.["spec"] as DaemonSetSpec).template.spec;
    const [only, ...others] = containers.filter(({ securityContext }) => securityContext.privileged === true);
    assert.deepEqual([only?.name, others], ["switch", []]);
  });

  it("of the component agent-loopback let agents listen on loopback, where their probes then ask", async () => {
    const text = JSON.stringify(await buildComponent("agent-loopback"));
    assert.match(text, /"args":\["agent","--token-public-keys=[^"]*","--operations-listen=127\.0\.0\.1:9440",/);
    assert.equal(text.match(/"host":"127\.0\.0\.1"/g)?.length, 2);
  });

  it("take the patches that docs/clusters.md has for k3s, which change no other folder", async () => {
    const [, block = ""] = /```yaml\n(.*?)```/s.exec(readFileSync(`${root}/docs/clusters.md`, "utf8")) ?? [];
    const { patches } = parse(block) as { readonly patches: readonly object[] };
    const parts = { resources: ["overlays/with-ovn"], components: [] };
    const [before, after] = await Promise.all([buildTogether(parts), buildTogether({ ...parts, patches })]);
    const paths = (text: string, other: string) =>
      text
        .split("\n")
        .filter((line) => !other.split("\n").includes(line))
        .map((line) => line.trim());
    assert.deepEqual(paths(before, after), ["path: /etc/cni/net.d", "path: /opt/cni/bin"]);
    assert.deepEqual(paths(after, before), [
      "path: /var/lib/rancher/k3s/agent/etc/cni/net.d",
      "path: /var/lib/rancher/k3s/data/cni",
    ]);
  });
});

interface DaemonSetSpec {
  readonly template: {
    readonly spec: {
      readonly containers: readonly {
        readonly name: string;
        readonly securityContext: { readonly privileged?: boolean };
      }[];
    };
  };
}

/** The DaemonSet of the agent as the base and a component make it. */
async function buildComponent(name: string): Promise<KubeObject | undefined> {
  const built = await buildTogether({ resources: ["base"], components: [`components/${name}`] });
  return parseManifests(built).find(({ kind }) => kind === "DaemonSet");
}
