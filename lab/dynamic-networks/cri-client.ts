import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:http2";
import { createConnection } from "node:net";
import { textField, valuesOf } from "./protobuf.ts";
import type { PodSandbox } from "./delegate-call.ts";

const service = "/runtime.v1.RuntimeService";
const uidLabel = "io.kubernetes.pod.uid";
const limitMs = 10_000;

/**
 * Finds the sandbox of a pod by asking the container runtime over CRI, as the original does: by the label of the pod's UID.
 * Throws when there is none, and when there are several, because the kubelet has made a new one and has not removed the old.
 */
export async function findPodSandbox(socketPath: string, podUid: string): Promise<PodSandbox> {
  const label = textField(3, Buffer.concat([textField(1, uidLabel), textField(2, podUid)]));
  const listed = await callCri(socketPath, "ListPodSandbox", textField(1, label));
  const ids = valuesOf(listed, 1).map((item) => valuesOf(item, 1)[0]?.toString() ?? "");
  const [id, ...more] = ids;
  if (id === undefined) throw new Error(`ListPodSandbox returned 0 item for pod ${podUid}`);
  if (more.length > 0) throw new Error(`ListPodSandbox returned more than 1 item for pod ${podUid}`);
  const verbose = Buffer.from([0x10, 1]);
  const status = await callCri(socketPath, "PodSandboxStatus", Buffer.concat([textField(1, id), verbose]));
  const info = new Map(valuesOf(status, 2).map((entry) => [text(entry, 1), text(entry, 2)]));
  return { id, netns: netnsOf(info.get("info") ?? "{}", id) };
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
async function callCri(socketPath: string, method: string, message: Buffer): Promise<Buffer> {
  const session = connect("http://localhost", { createConnection: () => createConnection(socketPath) });
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      session.once("error", reject);
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
  } finally {
    session.close();
  }
}
