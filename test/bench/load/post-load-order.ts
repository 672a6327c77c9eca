// The messages between the benches and the load generator, one line of JSON each.
import * as z from "zod";

export const postOrderSchema = z.object({
  port: z.number(),
  path: z.string(),
  /** In PEM: the authority of the server's certificate, and the client's certificate and key. */
  ca: z.string(),
  client: z.object({ cert: z.string(), key: z.string() }).optional(),
  body: z.string(),
  connections: z.number(),
  /** The number of posts before the measured time, and in it. */
  warmUp: z.number(),
  total: z.number(),
  /** Every reply must have this status, and contain this text. */
  status: z.number(),
  contains: z.string(),
});

export type PostOrder = z.output<typeof postOrderSchema>;

export const postResultSchema = z.object({ perSecond: z.number(), medianMs: z.number() });

export type PostResult = z.output<typeof postResultSchema>;
