// The interfaces of pods as NB has them, and the ones that the words of the command line mean.
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { closestWord } from "#src/core/closest-word.ts";
import { AppError } from "#src/core/errors.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { NbReading } from "../nb-reading.ts";

/** An interface of a pod, with its port. */
export interface TracedInterface {
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
  readonly port: string;
  readonly mac: string;
  readonly ips: readonly IpAddress[];
  readonly network: SwitchState;
  /** False when no chassis has the port. */
  readonly isUp: boolean;
  /** UID of the NetworkChaining whose function the pod is. */
  readonly chain: string | undefined;
}

/** The ports of pods that stand on one switch: of this cluster, or of all where it is not known. */
export function tracedInterfaces(
  nb: Pick<NbReading, "index" | "rows">,
  cluster: string | undefined,
): readonly TracedInterface[] {
  const found = [...nb.rows(controllerPort)].flatMap(([uuid, row]): TracedInterface[] => {
    const owner = portOwner(row.external_ids);
    const isOther = cluster !== undefined && row.external_ids.get(externalId("cluster")) !== cluster;
    const [network] = nb.index.switchesOf(uuid);
    const { macs, ips } = portAddresses(row);
    const [mac] = macs;
    if (owner === undefined || isOther || network === undefined || mac === undefined) return [];
    return [
      {
        namespace: owner.namespace,
        pod: owner.pod,
        name: row.external_ids.get(externalId("interface")) ?? "",
        port: row.name,
        mac,
        ips,
        network,
        isUp: row.up === true,
        chain: row.external_ids.get(externalId("forwards-for")),
      },
    ];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

/**
 * The interfaces that `POD`, `POD/IF`, `NAMESPACE/POD` or `NAMESPACE/POD/IF` means, all of one pod. Two words are a pod and its
 * interface when the namespace has such a pod. Throws `ConfigInvalid`, which suggests the nearest name.
 */
export function findInterfaces(
  all: readonly TracedInterface[],
  operand: string,
  namespace: string,
): readonly TracedInterface[] {
  const words = operand.split("/");
  if (words.length > 3 || words.includes("")) {
    throw new AppError(
      "ConfigInvalid",
      `${JSON.stringify(operand)} is not POD, POD/INTERFACE, NAMESPACE/POD or NAMESPACE/POD/INTERFACE`,
    );
  }
  const [first = "", second, third] = words;
  const ofPod = (inNamespace: string, pod: string) =>
    all.filter((one) => one.namespace === inNamespace && one.pod === pod);
  const here = ofPod(namespace, first);
  if (third !== undefined) return named(mustExist(all, first, second ?? ""), third);
  if (second === undefined) return mustExist(all, namespace, first);
  if (here.length > 0) return named(here, second);
  const isNamespace = all.some((one) => one.namespace === first || one.pod === second);
  return isNamespace ? mustExist(all, first, second) : mustExist(all, namespace, first);
}

function mustExist(all: readonly TracedInterface[], namespace: string, pod: string): readonly TracedInterface[] {
  const found = all.filter((one) => one.namespace === namespace && one.pod === pod);
  if (found.length > 0) return found;
  const meant = closestWord(
    pod,
    all.filter((one) => one.namespace === namespace).map((one) => one.pod),
  );
  const elsewhere = all.find((one) => one.pod === pod);
  const namespaces = new Set(all.map((one) => one.namespace));
  const place = namespaces.has(namespace) ? undefined : closestWord(namespace, namespaces);
  const suggested =
    meant ?? (elsewhere !== undefined ? `${elsewhere.namespace}/${elsewhere.pod}` : place && `${place}/${pod}`);
  const hint =
    suggested === undefined
      ? "`ovn4nfv pods` lists those that there are"
      : `did you mean ${JSON.stringify(suggested)}?`;
  throw new AppError("ConfigInvalid", `no pod ${namespace}/${pod} has an interface in a network of ours; ${hint}`);
}

function named(interfaces: readonly TracedInterface[], name: string): readonly TracedInterface[] {
  const found = interfaces.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const names = interfaces.map((one) => one.name);
  const meant = closestWord(name, names);
  const hint = meant === undefined ? `it has ${names.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
  throw new AppError("ConfigInvalid", `the pod ${podOf(interfaces)} has no interface ${name} of ours; ${hint}`);
}

const podOf = ([one]: readonly TracedInterface[]): string => `${one?.namespace ?? ""}/${one?.pod ?? ""}`;

/** Names an interface in messages, as `default/web-0 net1`. */
export const printInterfaceName = ({ namespace, pod, name }: TracedInterface): string => `${namespace}/${pod} ${name}`;
