import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createAuthority } from "#certs/authority.ts";
import type { CommandContext } from "#src/commands/command.ts";
import { openClientPolicy } from "#src/commands/webhook/client-policy.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

async function open(flags: { readonly clientCaFile?: string; readonly clientNames?: readonly string[] }) {
  const config = { clientNames: [], ...flags } as unknown as CommandContext<"webhook">["config"];
  await using owned = new AsyncDisposableStack();
  return await openClientPolicy({ config, clock: systemClock, logger: silentLogger }, owned);
}

test("an authority without names is refused with the reason and the cure: every kubelet has a certificate of it", async () => {
  await assert.rejects(open({ clientCaFile: "/no/such.crt" }), {
    code: "ConfigInvalid",
    message: /--client-ca-file without --client-names .*each kubelet; give .*--client-names kube-apiserver/,
  });
});

test("names without an authority are refused, since nothing would be checked", async () => {
  await assert.rejects(open({ clientNames: ["kube-apiserver"] }), /--client-names needs --client-ca-file/);
});

test("without both flags nobody is asked for a certificate, and with both the names are those of the flag", async () => {
  assert.equal(await open({}), undefined);
  using folder = createTemporaryFolder("clients");
  const clientCaFile = join(folder.path, "ca.crt");
  const { cert } = await createAuthority("clients", { clock: systemClock, validityMs: 60_000, randomBytes });
  await writeFile(clientCaFile, cert);
  const policy = await open({ clientCaFile, clientNames: ["kube-apiserver", "front-proxy"] });
  assert.deepEqual(policy?.allowedNames, ["kube-apiserver", "front-proxy"]);
  assert.equal(policy.authorities.current(), cert);
});
