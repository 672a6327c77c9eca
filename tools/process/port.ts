import { createServer } from "node:net";
import { MachineLock } from "./machine-lock.ts";

// The ports are below Linux' range for outgoing connections, which could take one between our check and its use.
const firstPort = 20_000;
const portCount = 12_000;

/** A free TCP port of 127.0.0.1. No other process of these tests gets it while this process lives. */
export async function reservePort(random: () => number = Math.random): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(random() * portCount);
    const lock = await MachineLock.tryAcquire(`port/${port}`);
    if (lock === undefined) continue;
    if (await isFree(port)) return port;
    lock.release();
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
