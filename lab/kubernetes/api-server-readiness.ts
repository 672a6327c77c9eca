import { readFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";

const answerMs = 5_000;

/**
 * Asks an API server that this process reaches whether it is ready, as the administrator whose keys are in `folder`. It is
 * asked many times while it starts, and a kubectl would take a tenth of a second of a processor for each answer.
 */
export function isReady(server: string, folder: string): Promise<boolean> {
  const [ca, cert, key] = ["ca.crt", "admin.crt", "admin.key"].map((name) => readFileSync(join(folder, name)));
  const signal = AbortSignal.timeout(answerMs);
  return new Promise((resolve) => {
    // The audit log names who asks.
    const headers = { "user-agent": "lab/1" };
    get(`${server}/readyz`, { ca, cert, key, headers, agent: false, signal }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on("error", () => {
      resolve(false);
    });
  });
}
