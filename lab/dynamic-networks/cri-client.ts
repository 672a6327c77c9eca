import type { IncomingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { createConnection } from "node:net";
import { textField, valuesOf } from "./protobuf.ts";
import type { PodSandbox } from "./delegate-call.ts";

const service = "/runtime.v1.RuntimeService";
const uidLabel = "io.kubernetes.pod.uid";
const limitMs = 10_000;

/** Asks for the sandbox of a pod by the UID of the pod. It throws when there is none, and when there are several. */
export type FindSandbox = (podUid: string) => Promise<PodSandbox>;

/**
 * Finds sandboxes by asking the container runtime over CRI, as the original does: by the label of the pod's UID, and over one
 * connection, which is opened again when it is lost. The kubelet may have made a new sandbox and not yet removed the old one.
 */
export function sandboxFinder(socketPath: string): FindSandbox {
  let kept: ClientHttp2Session | undefined;
  const session = (): ClientHttp2Session => {
    if (kept !== undefined && !kept.closed && !kept.destroyed) return kept;
    kept = connect("http://localhost", { createConnection: () => createConnection(socketPath) });
    // Whoever asks is told by the stream.
    kept.on("error", () => undefined);
    return kept;
  };
  const find = async (podUid: string): Promise<PodSandbox> => {
    const label = textField(3, Buffer.concat([textField(1, uidLabel), textField(2, podUid)]));
    const listed = await callCri(session(), "ListPodSandbox", textField(1, label));
    const ids = valuesOf(listed, 1).map((item) => valuesOf(item, 1)[0]?.toString() ?? "");
    const [id, ...more] = ids;
    if (id === undefined) throw new Error(`ListPodSandbox returned 0 item for pod ${podUid}`);
    if (more.length > 0) throw new Error(`ListPodSandbox returned more than 1 item for pod ${podUid}`);
    const verbose = Buffer.from([0x10, 1]);
    const status = await callCri(session(), "PodSandboxStatus", Buffer.concat([textField(1, id), verbose]));
    const info = new Map(valuesOf(status, 2).map((entry) => [text(entry, 1), text(entry, 2)]));
    return { id, netns: netnsOf(info.get("info") ?? "{}", id) };
  };
  let calls = 0;
  return async (podUid) => {
    calls += 1;
    session().ref();
    try {
      return await find(podUid);
    } finally {
      calls -= 1;
      // The connection alone keeps no process alive.
      if (calls === 0) kept?.unref();
    }
  };
}

function text(message: Buffer, field: number): string {
  return valuesOf(message, field)[0]?.toString() ?? "";
}

interface SandboxInfo {
  readonly runtimeSpec?: {
    readonly linux: { readonly namespaces: readonly { readonly type: string; readonly path?: string }[] };
  };
}

/** Reads the path of the network namespace in what containerd tells of a sandbox. */
export function netnsOf(info: string, id: string): string {
  const { runtimeSpec } = JSON.parse(info) as SandboxInfo;
  const path = runtimeSpec?.linux.namespaces.find(({ type }) => type === "network")?.path ?? "";
  if (path === "") throw new Error(`failed to find network namespace for PodSandboxId ${id}`);
  return path;
}

/** One call of gRPC: a message with a header of five bytes, each way, and a status in the trailers. */
function callCri(session: ClientHttp2Session, method: string, message: Buffer): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": `${service}/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const parts: Buffer[] = [];
    let status = "";
    const noteStatus = (headers: IncomingHttpHeaders): void => {
      const words = [headers["grpc-status"], headers["grpc-message"]].flat();
      if (words[0] !== undefined) status = words.join(" ").trim();
    };
    stream.setTimeout(limitMs, () => stream.destroy(new Error(`${method}: no answer`)));
    stream.on("response", noteStatus).on("trailers", noteStatus).once("error", reject);
    stream.on("data", (part: Buffer) => parts.push(part));
    // The trailers come after the end of the message.
    stream.once("close", () => {
      if (status.startsWith("0")) resolve(Buffer.concat(parts).subarray(5));
      else reject(new Error(`${method}: ${status}`));
    });
    const header = Buffer.alloc(5);
    header.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([header, message]));
  });
}
