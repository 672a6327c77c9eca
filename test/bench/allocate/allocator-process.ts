// One of the three processes of `bench allocate`. It warms up, says `ready`, waits for a line, allocates, and prints
// its addresses.
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as z from "zod";
import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import { allocateMany, openAllocator } from "./allocation-load.ts";

const orderSchema = z.object({
  endpoints: z.array(z.string()),
  replica: z.string(),
  leader: z.enum(["prefer", "any"]),
  network: z.string(),
  /** The number of addresses to take. With more than there are, it takes all until the pool is empty. */
  total: z.number(),
  callers: z.number(),
  /**
   * Addresses that are taken and given back elsewhere before the start: a webhook runs for weeks, and V8 has compiled
   * its code by then.
   */
  warmUp: z.object({ endpoint: z.string(), network: z.string(), total: z.number(), rounds: z.number() }),
});

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? ""));
await warmUp();
await using opened = await openAllocator(order.endpoints, order.replica, order.leader);
const input = createInterface(process.stdin);
process.stdout.write("ready\n");
await once(input, "line");
input.close();

async function warmUp(): Promise<void> {
  const { endpoint, network, total, rounds } = order.warmUp;
  await using elsewhere = await openAllocator([endpoint], order.replica);
  const { allocator } = elsewhere;
  for (let round = 0; round < rounds; round += 1) {
    const taken = await allocateMany(allocator, network, total, order.callers);
    await Promise.all(taken.map((allocation) => allocator.rollBack(allocation)));
  }
}

const addresses: string[] = [];
let asked = 0;
async function caller(): Promise<void> {
  while (asked < order.total) {
    asked += 1;
    const port = { field: "bench", network: order.network, interfaceName: "net1", addresses: [], mac: undefined };
    const request = { namespace: "default", podName: `${order.replica}-${asked}`, ports: [port] };
    try {
      const { ports } = await opened.allocator.allocate(request, { deadlineMs: systemClock.monotonicMs() + 60_000 });
      addresses.push(...ports.flatMap((each) => each.addresses.map(({ ip }) => printIp(ip))));
    } catch (error) {
      if (error instanceof AppError && error.code === "PoolExhausted") return;
      throw error;
    }
  }
}
await Promise.all(Array.from({ length: order.callers }, caller));
const endMs = Date.now();
process.stdout.write(`${JSON.stringify({ addresses, endMs, groupSize: await opened.groupSize() })}\n`);
