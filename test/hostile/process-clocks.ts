// Gives the product's processes clocks of their own, by the library libfaketime, which reads how far they are off from a
// file. Only the wall clock is changed: a step leaves the time since the start of a machine alone.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab, LabAddOn } from "#lab/cluster/lab.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { clockEnvironment, clockLibrary, clockLibraryName } from "#test/stacks/clock-library.ts";
import type { Component } from "./hostile-lab.ts";

/** The folder of a node, and of the containers on it, with the library and the files. */
const folder = "/var/lib/faketime";
const components: readonly Component[] = ["webhook", "controller", "agent"];
const kinds: Readonly<Record<Component, string>> = {
  webhook: "Deployment",
  controller: "Deployment",
  agent: "DaemonSet",
};

/** Makes every process of the product read its clock through the library. */
export const processClocks: LabAddOn = {
  title: "clocks of single processes",
  async install(lab) {
    for (const node of lab.nodes) {
      const seen = node.machine.pathOf(folder);
      mkdirSync(seen, { recursive: true });
      copyFileSync(clockLibrary(), join(seen, clockLibraryName));
      for (const component of components) setClock(node, component, 0);
    }
    for (const component of components) await patch(lab, component);
  },
};

/** Sets how far the clock of a component's process on a node is ahead. */
export function setClock(node: LabNode, component: Component, aheadSeconds: number): void {
  const sign = aheadSeconds < 0 ? "" : "+";
  writeFileSync(node.machine.pathOf(join(folder, `${component}.rc`)), `${sign}${aheadSeconds}\n`, { mode: 0o644 });
}

async function patch(lab: Lab, component: Component): Promise<void> {
  const environment = clockEnvironment(`${folder}/${clockLibraryName}`, `${folder}/${component}.rc`);
  const container = {
    name: component,
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    volumeMounts: [{ name: "clock", mountPath: folder, readOnly: true }],
  };
  const volumes = [{ name: "clock", hostPath: { path: folder } }];
  const change = { spec: { template: { spec: { containers: [container], volumes } } } };
  const target = [kinds[component], `ovn4nfv-${component}`, `--namespace=${systemNamespace}`];
  await lab.controlPlane.kubectl.must(["patch", ...target, "-p", JSON.stringify(change)]);
}
