import { connect } from "node:net";
import { type OvsdbEndpoint, parseEndpoint } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { inAppErrors } from "#src/ovsdb/ovsdb-errors.ts";
import type { EndpointState } from "./facts.ts";

const states: Readonly<Record<string, EndpointState["state"]>> = {
  ECONNREFUSED: "refused",
  ENOENT: "absent",
  ETIMEDOUT: "silent",
};

/** Tries to connect to an OVSDB endpoint. Behind a firewall there is no answer until the deadline. */
export async function readEndpoint(text: string, clock: Clock, call: CallOptions): Promise<EndpointState> {
  const endpoint = inAppErrors(() => parseEndpoint(text));
  const socket = endpoint.scheme === "unix" ? connect(endpoint.path) : connect(target(endpoint));
  const state = await settleWithin<EndpointState["state"]>(clock, call, `connect to ${text}`, (resolve) => {
    socket.once("connect", () => {
      resolve("open");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve(states[error.code ?? ""] ?? "unreachable");
    });
  }).catch((): EndpointState["state"] => "silent");
  socket.on("error", () => {});
  socket.destroy();
  return { endpoint: text, state };
}

function target({ host, port }: Exclude<OvsdbEndpoint, { scheme: "unix" }>) {
  return { host, port };
}
