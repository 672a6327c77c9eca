// The definition by which Multus calls the plugin.
import type { Fault } from "../fault.ts";
import { seconds } from "../random.ts";

const definition = ["network-attachment-definition", "ovn4nfv", "--namespace=kube-system"];

const definitionDeleted: Fault = {
  name: "the NetworkAttachmentDefinition is deleted for a while",
  run: async (lab, random, signal) => {
    const { apiVersion, kind, metadata, spec } = (await lab.kubectlJson("get", ...definition)) as {
      readonly apiVersion: string;
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: object };
      readonly spec: object;
    };
    await lab.stack.kubectl("delete", ...definition);
    await lab.wait(seconds(15, 25, random), signal);
    const { name, namespace, labels = {} } = metadata;
    await lab.stack.apply({ apiVersion, kind, metadata: { name, namespace, labels }, spec });
  },
  told: (lab) => lab.doctorSays(/^multus failed: our NetworkAttachmentDefinition is missing/),
};

export const definitions: readonly Fault[] = [definitionDeleted];
