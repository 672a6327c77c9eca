import type { CallOptions } from "#src/core/deadline.ts";
import { type FloatingUsage, floatingUsage } from "#src/ipam/index/floating-usage.ts";
import type { CommandContext } from "../command.ts";
import { isNorthboundUnnamed, nbOptions } from "../nb-options.ts";
import { NbReading } from "../nb-reading.ts";

/** Undefined where nobody named the Northbound database. One that was named must answer. */
export async function readFloatingUsage(
  { config, clock, logger }: CommandContext<"uplinks">,
  call: CallOptions,
): Promise<readonly FloatingUsage[] | undefined> {
  if (isNorthboundUnnamed(config)) return undefined;
  await using nb = await NbReading.open({ nb: nbOptions(config), clock, logger }, call);
  return floatingUsage(nb.index.floating);
}
