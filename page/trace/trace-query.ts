// Asks where a packet from one pod to another goes.

/** A question for the path of a packet, as people fill it in. */
export interface TraceQuery {
  /** `NAMESPACE/POD`, or with `/INTERFACE`. */
  readonly from: string;
  /** An address, or the same as `from`. */
  readonly to: string;
  readonly proto: "icmp" | "tcp" | "udp";
  readonly port: string;
}

/** Says in a sentence why a query is wrong; undefined when it can be asked. The server judges names and addresses. */
export function whyNotAsked({ from, to, proto, port }: TraceQuery): string | undefined {
  if (!/^[^/\s]+\/[^/\s]+(\/[^/\s]+)?$/.test(from))
    return "From is a pod: namespace/name, or namespace/name/interface.";
  if (to.trim() === "") return "To is an address, or a pod.";
  if (proto === "icmp") return undefined;
  const number = Number(port);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? undefined : "A port is from 1 to 65535.";
}

/** The request for a query. */
export function pathOfQuery({ from, to, proto, port }: TraceQuery): string {
  const values = { from, to: to.trim(), proto, ...(proto !== "icmp" && { port }) };
  return `api/trace?${new URLSearchParams(values).toString()}`;
}

/** The first names of pods that contain what was typed, as `NAMESPACE/POD`. */
export function suggestPods(
  pods: readonly { readonly namespace?: string; readonly name: string }[],
  typed: string,
  most = 20,
): readonly string[] {
  const found: string[] = [];
  for (const { namespace = "", name } of pods) {
    const path = `${namespace}/${name}`;
    if (path.includes(typed.trim())) found.push(path);
    if (found.length === most) break;
  }
  return found;
}
