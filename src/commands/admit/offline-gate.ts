import { type AdmittedBy, matchesSelector, readAdmitted } from "#src/api/network/label-selector.ts";
import { refusal } from "#src/core/errors.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { PodDecisionOptions } from "#src/pods/allocate-for-pod.ts";

/** Every namespace has this label, with its name as the value. */
const nameLabel = "kubernetes.io/metadata.name";

/**
 * Judges namespaces where no cluster is asked: by names, and by the one label whose value is the name. Where other labels
 * decide it lets the pod pass, and says so with `warn`.
 */
export function offlineGate(
  index: Pick<AddressIndex, "named">,
  warn: (text: string) => void,
): NonNullable<PodDecisionOptions["gate"]> {
  return {
    pass: (ports, namespace) =>
      Promise.try(() => {
        for (const { field, network } of ports) {
          const [state] = index.named(network);
          const text = state?.network.namespaceSelector;
          if (text === undefined) continue;
          const admitted = readAdmitted(text);
          const verdict = judge(admitted, namespace);
          if (verdict === "unknown") {
            warn(`${network} admits namespaces by their labels, and those of ${namespace} are not known here`);
          } else if (verdict === "refused") {
            throw refusal("NotAllowed", {
              field: `${field}.name`,
              value: network,
              reason: `does not admit pods of the namespace ${JSON.stringify(namespace)}`,
              remedy: "ask the network's owner to admit the namespace",
            });
          }
        }
        return { [nameLabel]: namespace };
      }),
  };
}

function judge(admitted: AdmittedBy | undefined, namespace: string): "admitted" | "refused" | "unknown" {
  if (admitted === undefined) return "refused";
  if (admitted.names.includes(namespace)) return "admitted";
  const { matchLabels = {}, matchExpressions = [] } = admitted.selector;
  const asked = [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
  if (asked.some((key) => key !== nameLabel)) return "unknown";
  return matchesSelector(admitted.selector, { [nameLabel]: namespace }) ? "admitted" : "refused";
}
