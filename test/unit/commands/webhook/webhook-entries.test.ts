import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandContext } from "#src/commands/command.ts";
import { webhookEntries } from "#src/commands/webhook/webhook-entries.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { createTokenSigner, ephemeralTokenKey } from "#src/tokens/token.ts";

test("pods, Multus-only pods, each kind of object of ours and workloads have an entry each, also without Kubernetes", async () => {
  const config = { nadNamespace: "n", nadName: "a", otherNads: [], excludedNamespaces: [], maxOpenReservations: 0 };
  const context = { config, clock: systemClock, logger: silentLogger } as unknown as CommandContext<"webhook">;
  const signer = await createTokenSigner(ephemeralTokenKey());
  const entries = webhookEntries(context, {} as unknown as NbAllocator, { signer, keys: new Map() }, undefined);
  assert.deepEqual(
    entries.map(({ name, path }) => `${name} ${path}`),
    [
      "pods /mutate/pods",
      "multus-pods /mutate/multus-pods",
      "pod-changes /mutate/pod-changes",
      "networks /validate/networks",
      "provider-networks /validate/provider-networks",
      "chains /validate/chains",
      "taps /validate/taps",
      "bandwidth /validate/bandwidth",
      "uplinks /validate/uplinks",
      "floating-ips /validate/floating-ips",
      "workloads /validate/workloads",
    ],
  );
});
