// Reads the versions of what works with us: Multus, CNI, cert-manager, and on each node Open vSwitch and ovn-controller.
import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import { type NodeVersions, readNodes } from "../node-versions.ts";
import { type Read, read } from "./read.ts";
import type { SharedReads } from "./shared-reads.ts";

export interface VersionFacts {
  /** The versions that stand in the names of images: undefined where there is no such workload, or no version. */
  readonly multusVersion: Read<string | undefined>;
  readonly certManagerVersion: Read<string | undefined>;
  /** `cniVersion` of our NetworkAttachmentDefinition. */
  readonly cniVersion: Read<string | undefined>;
  readonly nodeVersions: Read<readonly NodeVersions[]>;
}

const multusImage = /\/(?:[\w-]*multus(?:-cni)?):v?(?<version>\d+\.\d+[\w.]*)/;
const certManagerImage = /\/cert-manager-controller:v?(?<version>\d+\.\d+[\w.]*)/;

export async function readVersions(client: ApiClient, shared: SharedReads, call: CallOptions): Promise<VersionFacts> {
  const [multusVersion, certManagerVersion, cniVersion, nodeVersions] = await Promise.all([
    read(() => readImageVersion(client, resources.daemonSets, multusImage, call)),
    read(() => readImageVersion(client, resources.deployments, certManagerImage, call)),
    read(async () => cniVersionOf(await shared.definition)),
    read(async () => readNodes(client, await shared.agents, call)),
  ]);
  return { multusVersion, certManagerVersion, cniVersion, nodeVersions };
}

const workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string().default("") })) }),
    }),
  }),
});

async function readImageVersion(client: ApiClient, kind: Resource, image: RegExp, call: CallOptions) {
  const { items } = await new ResourceApi(client, kind).list({}, call);
  const images = items.flatMap((item) => workload.parse(item).spec.template.spec.containers.map((each) => each.image));
  return images.map((text) => image.exec(text)?.groups?.["version"]).find((version) => version !== undefined);
}

const definitionConfig = z.looseObject({ spec: z.looseObject({ config: z.string() }) });
const withCniVersion = z.looseObject({ cniVersion: z.string() });

function cniVersionOf(definition: KubeObject | undefined): string | undefined {
  try {
    return withCniVersion.parse(JSON.parse(definitionConfig.parse(definition).spec.config)).cniVersion;
  } catch (caught) {
    // The check of the definition itself says what is wrong with it.
    if (caught instanceof SyntaxError || caught instanceof z.ZodError) return undefined;
    throw caught;
  }
}
