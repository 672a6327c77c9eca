// An agent asks the one that serves its node to give the node up, over the socket on which that one serves shims.
import { connect } from "node:net";
import { decodeAnswer, encodeCall, type ShimAnswer, type ShimCall } from "../../contract/shim-protocol.ts";

/** Takes the place of a CNI command. No runtime sends it, and an agent that does not know it answers with an error of CNI. */
const yieldCommand = "OVN4NFV_YIELD";
const answers = { yields: 0, stays: 1 } as const;
/** For the whole of a question and its answer. */
const limitMs = 5_000;
const maxAnswerBytes = 4_096;

/**
 * The one that serves the node does this: `cannot` when it does not know the question, or not whether the asker is newer, and `serves`
 * when it was not asked, or did not answer in time.
 */
export type YieldAnswer = keyof typeof answers | "cannot" | "serves" | "nobody";

/**
 * Asks whoever listens there for the node. `nobody` when nobody does; a socket that a killed agent has left behind refuses. Without a
 * generation it only looks whether somebody does.
 */
export function askToYield(socketPath: string, generation: number | undefined): Promise<YieldAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath, signal: AbortSignal.timeout(limitMs) });
    const received: Buffer[] = [];
    let answer: YieldAnswer = "nobody";
    socket.on("connect", () => {
      answer = "serves";
      if (generation === undefined) {
        socket.destroy();
        return;
      }
      const environment = new Map([["CNI_COMMAND", yieldCommand]]);
      socket.write(encodeCall({ environment, stdin: Buffer.from(generation.toString()) }));
    });
    socket.on("data", (chunk) => {
      answer = "cannot";
      received.push(chunk);
      if (socket.bytesRead > maxAnswerBytes) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      resolve(knownAnswer(decodeAnswer(Buffer.concat(received))) ?? answer);
    });
  });
}

/** The generation of an agent that asks for the node; undefined when the call is one of a shim. NaN when it says none. */
export function askingGeneration({ environment, stdin }: ShimCall): number | undefined {
  if (environment.get("CNI_COMMAND") !== yieldCommand) return undefined;
  return Number(Buffer.from(stdin).toString() || "NaN");
}

export function printYieldAnswer(answer: keyof typeof answers | "cannot"): ShimAnswer {
  return { status: answer === "cannot" ? 1 : answers[answer], output: answer };
}

function knownAnswer(answer: ShimAnswer | undefined): keyof typeof answers | undefined {
  return (Object.keys(answers) as (keyof typeof answers)[]).find(
    (one) => answer?.output === one && answer.status === answers[one],
  );
}
