import { systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { canonicalIp } from "#lab/invariants/address-book.ts";
import { sharedAddresses, violations } from "#lab/invariants/invariants.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import type { DemoStep } from "./stage.ts";

/** Reads NB with `ovsdb-client dump`, not with the product, and compares every answer with it. */
export const compareWithNb: DemoStep = {
  title: "the addresses in the pods are compared with the database, which ovsdb-client reads",
  async run(stage) {
    const nb = await readNb([stage.nb]);
    const found = violations({ pods: stage.admitted, nb }, { nowMs: systemClock.now() });
    const addresses = nb.ports.flatMap((port) => port.addresses.filter((word) => canonicalIp(word) !== undefined));
    const ips = sharedAddresses(nb).filter(({ address }) => canonicalIp(address) !== undefined);
    stage.found = { addresses: addresses.length, duplicates: ips.length };
    stage.show(`${nb.ports.length} ports on ${nb.switches.length} switches, ${addresses.length} addresses`);
    if (found.length === 0) return;
    const shown = found.slice(0, 10).join("\n");
    throw new AppError("CommandFailed", `the answers differ from the database ${found.length} times:\n${shown}`);
  },
};
