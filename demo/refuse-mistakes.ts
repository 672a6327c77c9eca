import { AppError } from "#src/core/errors.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { DemoStep } from "./stage.ts";

interface Mistake {
  readonly what: string;
  readonly interface: JsonObject;
  /** The reason that the refusal must carry. */
  readonly reason: string;
}

/** Mistakes that people make. The answers to them are an important part of the product. */
const mistakes: readonly Mistake[] = [
  { what: "a network that does not exist", interface: { name: "bleu" }, reason: "UnknownNetwork" },
  {
    what: "an address that another pod has",
    interface: { name: "green", ipAddress: "10.20.0.53" },
    reason: "AddressInUse",
  },
  { what: "a mistyped key", interface: { name: "blue", ipAdress: "10.10.0.7" }, reason: "Malformed" },
];

/** Creates three pods that are wrong, and shows the messages that their users get. */
export const refuseMistakes: DemoStep = {
  title: "three mistakes: each is refused at once, with the field, the value, the reason and the remedy",
  async run(stage) {
    for (const { what, interface: asked, reason } of mistakes) {
      const answer = await stage.reviewer.create(podWith("mistake", [asked]));
      if (answer.allowed || !answer.message.startsWith(reason)) {
        throw new AppError("CommandFailed", `${what} was not refused with ${reason}: ${JSON.stringify(answer)}`);
      }
      stage.refused += 1;
      stage.show(`${what} (status ${answer.code}):`);
      stage.show(`    ${answer.message}`);
    }
  },
};

/** A pod with these interfaces in its request. */
export function podWith(name: string, interfaces: readonly JsonObject[]): JsonObject {
  const request = JSON.stringify({ type: "ovn4nfv", interface: interfaces });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", annotations: { "k8s.plugin.opnfv.org/nfn-network": request } },
    spec: { containers: [{ name: "main", image: "registry.example/none" }] },
  };
}
