// What the benches say to the load generator, a line of JSON each way.
import { z } from "zod";

export const postOrderSchema = z.object({
  port: z.number(),
  path: z.string(),
  /** PEM: who signed the server's certificate, and the pair that the client shows. */
  ca: z.string(),
  client: z.object({ cert: z.string(), key: z.string() }).optional(),
  body: z.string(),
  connections: z.number(),
  /** Posts before the time starts, and in it. */
  warmUp: z.number(),
  total: z.number(),
  /** Every reply must have this status, and this in its text. */
  status: z.number(),
  contains: z.string(),
});

export type PostOrder = z.output<typeof postOrderSchema>;

export const postResultSchema = z.object({ perSecond: z.number(), medianMs: z.number() });

export type PostResult = z.output<typeof postResultSchema>;
