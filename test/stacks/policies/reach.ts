import type { Machine } from "#lab/machine/machine.ts";

/** Opens connections to all targets at once. One that is refused has reached its target, and one without an answer has not. */
const script = `
  const { connect } = require("node:net");
  const { targets, limitMs } = JSON.parse(process.argv[1]);
  const probe = ([host, port]) => new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reached) => { clearTimeout(timer); socket.destroy(); resolve(reached); };
    const timer = setTimeout(end, limitMs, false);
    socket.on("connect", () => end(true));
    socket.on("error", ({ code }) => end(code === "ECONNREFUSED"));
  });
  Promise.all(targets.map(probe)).then((all) => console.log(JSON.stringify(all)));`;

type Target = readonly [address: string, port: number];

/** Says of each target whether TCP from a network namespace reaches it and its answer comes back. Nobody needs to listen there. */
export async function reached(
  machine: Machine,
  namespace: string,
  targets: readonly Target[],
  limitMs = 1_000,
): Promise<readonly boolean[]> {
  const input = JSON.stringify({ targets, limitMs });
  const text = await machine.must("ip", ["netns", "exec", namespace, process.execPath, "-e", script, input]);
  return JSON.parse(text) as readonly boolean[];
}
