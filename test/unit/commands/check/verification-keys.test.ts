import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import type { CommandContext } from "#src/commands/command.ts";
import { openVerificationKeys } from "#src/commands/check/verification-keys.ts";
import { flagTable } from "#src/commands/flags/flags.ts";
import { resolveConfig } from "#src/core/config.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { keyId } from "#src/tokens/token.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";

const { publicKey } = generateKeyPairSync("ed25519");
const kid = await keyId(publicKey);
const path = "/api/v1/namespaces/ovn4nfv-system/configmaps/";

function contextOf(flags: Record<string, string>): CommandContext<"check"> {
  return {
    config: resolveConfig(flagTable, "check", { flags, env: {} }),
    operands: [],
    env: { POD_NAMESPACE: "ovn4nfv-system" },
    signal: new AbortController().signal,
    clock: systemClock,
    logger: silentLogger,
    nodeVersion: "v24.0.0",
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  };
}

/** Opens the keys where the ConfigMap of the installation holds `data`, or where reading it fails. */
async function open(data: object | Error, flags: Record<string, string> = {}) {
  const client = new FakeApiClient(({ path: asked }) => {
    if (data instanceof Error) throw data;
    if (!asked.startsWith(path) || !asked.endsWith("ovn4nfv-token-public-keys")) throw statusError(404, "NotFound");
    return { metadata: { name: "ovn4nfv-token-public-keys", uid: "u", resourceVersion: "1" }, data };
  });
  // The watch of the keys is not part of this.
  return openVerificationKeys(contextOf(flags), client, AbortSignal.abort(), {});
}

test("without a flag the keys are those of the installation", async () => {
  const keys = await open({ [`${kid}.pem`]: publicKey.export({ type: "spki", format: "pem" }) });
  assert.ok((await keys.get(kid))?.equals(publicKey));
});

test("a ConfigMap that is not there is named, and the flags that name another", async () => {
  await assert.rejects(open({}, { "token-public-keys": "others" }), {
    code: "KubeApiError",
    message: /ovn4nfv-system\/others cannot be read: there is none; name it with --token-public-keys/,
  });
});

test("a ConfigMap that may not be read names the right, and one without keys the fault", async () => {
  const forbidden = statusError(
    403,
    "Forbidden",
    'configmaps "x" is forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace "ovn4nfv-system"',
  );
  await assert.rejects(open(forbidden), { message: /needs a user who may get configmaps in ovn4nfv-system$/ });
  await assert.rejects(open({ [`${kid}.pem`]: "nonsense" }), { code: "ProtocolError" });
});
