// Runs `LabPods` as a process inside the lab, where the API server is. It reads a line with an order and prints a line
// with the time.
import { createInterface } from "node:readline";
import { LabPods, type LabPodsOrder } from "./lab-pods.ts";

await using pods = await LabPods.open(process.argv[2] ?? "");
process.stdout.write("ready\n");
for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as LabPodsOrder;
  const tookMs = "create" in order ? await pods.create(order.create) : await pods.delete(order.delete);
  process.stdout.write(`${tookMs}\n`);
}
