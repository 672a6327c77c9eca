// A stand-in for multus-dynamic-networks-controller, which is nowhere published as a Go module: it makes the same calls and writes.
import * as z from "zod";

/** The part of an element of `k8s.v1.cni.cncf.io/networks` that this controller reads. It drops everything else. */
export interface NetworkSelection {
  readonly name: string;
  readonly namespace: string;
  /** Empty when the pod names none. This controller then never finds the interface in the status. */
  readonly interface: string;
  readonly ips?: readonly string[] | undefined;
  readonly mac?: string | undefined;
  readonly cniArgs?: Readonly<Record<string, unknown>> | undefined;
}

export const networksKey = "k8s.v1.cni.cncf.io/networks";

const element = z.object({
  name: z.string(),
  namespace: z.string().nullish(),
  interface: z.string().nullish(),
  ips: z.array(z.string()).nullish(),
  mac: z.string().nullish(),
  "cni-args": z.record(z.string(), z.unknown()).nullish(),
});

/** Reads either form of the annotation. Throws when this controller would give up on the pod. */
export function readSelections(
  annotations: Readonly<Record<string, string>>,
  podNamespace: string,
): readonly NetworkSelection[] {
  const text = annotations[networksKey] ?? "";
  if (text === "") return [];
  if (!/[[{"]/.test(text)) return text.split(",").map((item) => readItem(item.trim(), podNamespace));
  return z
    .array(element)
    .parse(JSON.parse(text))
    .map(({ name, namespace, interface: ifname, ips, mac, "cni-args": cniArgs }) => ({
      name,
      namespace: namespace || podNamespace,
      interface: ifname ?? "",
      ips: ips ?? undefined,
      mac: mac || undefined,
      cniArgs: cniArgs ?? undefined,
    }));
}

const short = /^(?:([a-z0-9-]+)\/)?([a-z0-9-]+)(?:@([a-z0-9-]+))?$/;

function readItem(item: string, podNamespace: string): NetworkSelection {
  const [whole, namespace, name = "", ifname = ""] = short.exec(item) ?? [];
  if (whole === undefined) throw new Error(`${item} is no network attachment`);
  return { name, namespace: namespace ?? podNamespace, interface: ifname };
}
