import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";

const controlSocket = /^ovn-controller\.\d+\.ctl$/;
const reply = z.object({ result: z.string() });

/**
 * Asks ovn-controller of this node for its version, through its control socket in `folder`, as ovn-appctl(8) does. The result
 * is undefined when none answers. A process that was killed leaves its socket, so each is tried.
 */
export async function readOvnControllerVersion(
  folder: string,
  clock: Clock,
  call: CallOptions,
): Promise<string | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((each) => controlSocket.test(each))) {
    const answer = await ask(join(folder, name), clock, call).catch(() => undefined);
    const version = /^ovn-controller (\S+)/.exec(answer ?? "")?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Sends one request in JSON-RPC 1.0, and resolves with the text of its result. */
async function ask(path: string, clock: Clock, call: CallOptions): Promise<string> {
  const socket = connect(path);
  try {
    return await settleWithin<string>(clock, call, `ask ${path}`, (resolve, reject) => {
      let received = "";
      socket.once("error", reject);
      socket.once("close", () => {
        reject(new AppError("ProtocolError", `${path} was closed without an answer`));
      });
      socket.setEncoding("utf8").on("data", (text: string) => {
        received += text;
        const result = resultOf(received);
        if (result !== undefined) resolve(result);
      });
      socket.write(JSON.stringify({ id: 0, method: "version", params: [] }));
    });
  } catch (caught) {
    throw fromUnknown(caught, "CommandFailed");
  } finally {
    socket.on("error", () => {});
    socket.destroy();
  }
}

/** The result in a message that may not be complete yet. */
function resultOf(text: string): string | undefined {
  try {
    return reply.safeParse(JSON.parse(text)).data?.result;
  } catch {
    return undefined;
  }
}
