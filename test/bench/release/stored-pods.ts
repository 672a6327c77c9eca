import { ulid } from "ulid";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type InterfaceResult, printResult } from "#src/api/result.ts";
import type { TokenSigner } from "#src/tokens/token.ts";
import type { BareRequest, BareRequests } from "./bare-requests.ts";
import { RawOvsdb } from "../baseline/raw-ovsdb.ts";
import { benchPod } from "../load/bench-pod.ts";

const { result, token, allocation, finalizer } = annotationKeys;
const namespace = "default";
const path = `/api/v1/namespaces/${namespace}/pods`;
const perOrder = 1_000;

interface StoredPod {
  readonly name: string;
  readonly uid: string;
  readonly allocation: string;
  readonly interfaces: readonly InterfaceResult[];
}

export interface PodStore {
  readonly requests: BareRequests;
  /** The socket of NB. */
  readonly nb: string;
  /** The UUIDs of the switches by name. Each switch has a /16. */
  readonly switches: ReadonlyMap<string, string>;
  readonly signer: TokenSigner;
  /** The UID of kube-system. */
  readonly cluster: string;
}

/** Stores pods as the webhook leaves them, with one interface on each switch, and their ports in NB, bound to them. */
export async function storePods(store: PodStore, prefix: string, count: number): Promise<readonly StoredPod[]> {
  const pods: StoredPod[] = [];
  const raw = new RawOvsdb(store.nb);
  while (pods.length < count) {
    const first = pods.length;
    const wanted = Array.from({ length: Math.min(perOrder, count - first) }, (_, n) =>
      planPod(store, prefix, first + n),
    );
    const bodies = await Promise.all(wanted.map((pod) => podBody(store.signer, pod)));
    const { uids } = await store.requests.send(
      bodies.map((body): BareRequest => ({ method: "POST", path, type: "application/json", body })),
    );
    const stored = wanted.map((pod, n): StoredPod => ({ ...pod, uid: uids[n] ?? "" }));
    await raw.transact(insertBound(store, stored));
    pods.push(...stored);
  }
  raw.close();
  return pods;
}

/** Marks the pods as having run to their end. */
export async function completePods({ requests }: PodStore, pods: readonly StoredPod[]): Promise<void> {
  const body = JSON.stringify({ status: { phase: "Succeeded" } });
  const type = "application/merge-patch+json";
  await requests.send(pods.map(({ name }) => ({ method: "PATCH", path: `${path}/${name}/status`, type, body })));
}

/** The patch that ends an allocation in Kubernetes: it removes finalizer and label of this pod and no other. */
export function finalizerPatch({ name, uid }: StoredPod): BareRequest {
  const gone = { "$deleteFromPrimitiveList/finalizers": [finalizer.key], labels: { [allocation.key]: null } };
  const body = JSON.stringify({ metadata: { uid, ...gone } });
  return { method: "PATCH", path: `${path}/${name}`, type: "application/strategic-merge-patch+json", body };
}

function planPod({ switches }: PodStore, prefix: string, n: number): Omit<StoredPod, "uid"> {
  const id = ulid();
  const host = n + 2;
  const interfaces = [...switches.keys()].map((network, index): InterfaceResult => {
    const bytes = [10, index, host >>> 8, host & 255];
    const mac = ["0a", "58", ...bytes.map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
    const name = `net${index + 1}`;
    return {
      ip_address: [`${bytes.join(".")}/16`],
      mac_address: mac,
      gateway_ip: [],
      defaultGateway: "false",
      interface: name,
      network,
      port: `${id}-${name}`,
    };
  });
  return { name: `${prefix}-${n}`, allocation: id, interfaces };
}

async function podBody(signer: TokenSigner, pod: Omit<StoredPod, "uid">): Promise<string> {
  const text = printResult(pod.interfaces);
  const made = benchPod(pod.interfaces.map(({ network }) => network));
  const { name, allocation: id } = pod;
  const signed = signer.sign({ allocation: id, namespace, name, generateName: "", result: text });
  const { metadata } = made;
  return JSON.stringify({
    ...made,
    metadata: {
      ...metadata,
      name,
      generateName: undefined,
      finalizers: [finalizer.key],
      labels: { ...metadata.labels, [allocation.key]: id },
      annotations: { ...metadata.annotations, [result.key]: text, [token.key]: signed },
    },
    spec: { ...made.spec, restartPolicy: "Never" },
  });
}

function insertBound({ switches, cluster }: PodStore, pods: readonly StoredPod[]): readonly object[] {
  return [...switches].flatMap(([network, uuid]) => {
    const rows = pods.flatMap((pod) =>
      pod.interfaces.filter((one) => one.network === network).map((one) => ({ pod, one })),
    );
    const inserts = rows.map(({ pod, one }, n) => insertPort(pod, one, `${network}${n}`, cluster));
    const members = inserts.map((insert) => ["named-uuid", insert["uuid-name"]]);
    const mutations = [["ports", "insert", ["set", members]]];
    return [...inserts, { op: "mutate", table: "Logical_Switch", where: [["_uuid", "==", ["uuid", uuid]]], mutations }];
  });
}

function insertPort(pod: StoredPod, one: InterfaceResult, uuidName: string, cluster: string) {
  const addresses = `${one.mac_address} ${one.ip_address[0]?.split("/")[0] ?? ""}`;
  const ids = Object.entries({
    owner: "ovn4nfv",
    allocation: pod.allocation,
    namespace,
    pod: pod.name,
    "pod-uid": pod.uid,
    network: one.network,
    interface: one.interface,
    "reserved-at": "2026-11-24T15:30:47.123Z",
    cluster,
  }).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value]);
  const row = {
    name: one.port,
    addresses,
    port_security: addresses,
    options: ["map", [["iface-id-ver", pod.allocation]]],
    external_ids: ["map", ids],
  };
  return { op: "insert", table: "Logical_Switch_Port", row, "uuid-name": uuidName };
}
