import { refusal } from "#src/core/errors.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import type { SwitchState } from "#src/ipam/index/switch-state.ts";
import { type HeldAddress, heldAddresses } from "./address-holders.ts";
import type { CommandRun } from "../command.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";
import { type Column, printRows } from "../output.ts";

const columns: readonly Column<HeldAddress>[] = [
  { title: "network", value: ({ network }) => network },
  { title: "address", value: ({ address }) => address ?? "-" },
  { title: "mac", value: ({ macs }) => macs.join(",") || "-" },
  { title: "port", value: ({ port }) => port ?? "-" },
  { title: "holder", value: ({ kind, owner }) => (owner === undefined ? kind : `${kind} ${owner}`) },
];

/** Prints the holders of addresses and MACs, on the networks that are named, or on all. */
export const addresses: CommandRun<"addresses"> = async ({ config, operands, clock, logger, signal, stdout }) => {
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using nb = await NbReading.open({ nb: nbOptions(config), clock, logger }, call);
  const states =
    operands.length === 0 ? nb.index.switches() : new Set(operands.flatMap((name) => find(name, nb.index)));
  stdout.write(printRows(config.output, heldAddresses(states, nb.index, nb), columns));
  return "ok";
};

function find(name: string, index: AddressIndex): readonly SwitchState[] {
  const states = index.named(name);
  if (states.length > 0) return states;
  throw refusal("UnknownNetwork", {
    field: "network",
    value: name,
    reason: "is not the name of a network",
    remedy: "`ovn4nfv networks` lists those that there are",
  });
}
