import { request } from "node:http";
import type { NetworkSelection } from "./network-selection.ts";
import { delegateAnswer, type DelegateResult } from "./network-status.ts";

/** The sandbox of a pod, as its container runtime knows it. */
export interface PodSandbox {
  readonly id: string;
  /** Path of its network namespace. */
  readonly netns: string;
}

export interface DelegatePod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface DelegateCall {
  readonly command: "ADD" | "DEL";
  readonly sandbox: PodSandbox;
  readonly pod: DelegatePod;
  readonly selection: NetworkSelection;
  /** The configuration of the definition. */
  readonly config: string;
}

/** Sends calls to the thick plugin of Multus. It throws when the plugin refuses the call. */
export type SendDelegateCall = (call: DelegateCall) => Promise<DelegateResult | undefined>;

/** The body of a call to `/delegate`. Bandwidth, default route and claim of a selection are not among what it can say. */
export function delegateBody({ command, sandbox, pod, selection, config }: DelegateCall): object {
  const { ips = [], mac = "", cniArgs } = selection;
  const hasAttributes = ips.length > 0 || mac !== "" || cniArgs !== undefined;
  return {
    env: {
      CNI_COMMAND: command,
      CNI_CONTAINERID: sandbox.id,
      CNI_NETNS: sandbox.netns,
      CNI_IFNAME: selection.interface,
      CNI_ARGS: `K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name};K8S_POD_UID=${pod.uid}`,
    },
    config: Buffer.from(config).toString("base64"),
    ...(hasAttributes
      ? {
          interfaceAttributes: {
            ...(ips.length > 0 ? { ips } : {}),
            ...(mac === "" ? {} : { mac }),
            "cni-args": cniArgs ?? null,
          },
        }
      : {}),
  };
}

/** The configuration of a definition; one without a name gets that of the definition. Throws when it is not JSON. */
export function configOf(config: string, definitionName: string): string {
  const parsed = JSON.parse(config) as { readonly name?: unknown };
  if (parsed.name !== undefined && parsed.name !== "") return config;
  return JSON.stringify({ ...parsed, name: definitionName });
}

/** Sends calls over the unix socket of the thick plugin. */
export function delegateCaller(socketPath: string): SendDelegateCall {
  return async (call) => {
    const text = await post(socketPath, JSON.stringify(delegateBody(call)));
    // DEL is answered without a body.
    return text === "" ? undefined : (delegateAnswer.parse(JSON.parse(text)).Result ?? undefined);
  };
}

function post(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", host: "dummy" };
    const sent = request({ socketPath, method: "POST", path: "/delegate", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.once("error", reject).once("end", () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`unexpected CNI response status ${answer.statusCode ?? 0}: '${text.trim()}'`));
      });
    });
    sent.once("error", reject).end(body);
  });
}
