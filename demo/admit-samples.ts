import { parseResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { DemoStep } from "./stage.ts";
import { networkScript, runNetworkScript, sampleFiles, sampleName, samplePods } from "./samples.ts";

/** Makes the networks of each sample, creates its pods, and shows what they got. */
export const admitSamples: DemoStep = {
  title: "the samples of deploy/samples: each pod is stored with its addresses, or not at all",
  async run(stage) {
    for (const path of sampleFiles) {
      await runNetworkScript(networkScript(path), stage.nb);
      for (const pod of await samplePods(path)) {
        const answer = await stage.reviewer.create(pod);
        if (!answer.allowed) throw new AppError("CommandFailed", `${sampleName(path)} was refused: ${answer.message}`);
        stage.admitted.push(answer.pod);
        stage.show(`${sampleName(path)}: pod ${answer.pod.metadata.name}`);
        for (const line of describeResult(answer.pod)) stage.show(`    ${line}`);
      }
    }
  },
};

/** One line for each interface of an admitted pod. */
export function describeResult({ metadata }: KubeObject): readonly string[] {
  const results = parseResult(metadata.annotations?.["k8s.plugin.opnfv.org/ovnInterfaces"] ?? "");
  return results.map(({ interface: name, network, ip_address, mac_address, defaultGateway, routes = [] }) => {
    const extras = [
      ...(defaultGateway === "true" ? ["default route"] : []),
      ...routes.map(({ dst, gw }) => (gw === undefined ? dst : `${dst} via ${gw}`)),
    ];
    const addresses = ip_address.join(" ");
    return `${name.padEnd(13)} ${network.padEnd(6)} ${addresses.padEnd(30)} ${mac_address}  ${extras.join(", ")}`.trimEnd();
  });
}
