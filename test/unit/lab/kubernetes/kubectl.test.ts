import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Kubectl, limitFor } from "#lab/kubernetes/kubectl.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

test("our limit for a kubectl with a time limit of its own is longer than that one", () => {
  assert.deepEqual(limitFor(["wait", "pod", "a", "--for=delete", "--timeout=120s"]), { timeoutMs: 150_000 });
  assert.deepEqual(limitFor(["get", "pods"]), {});
});

/** A kubectl that fails like the real one sometimes does for a moment. The real one cannot be made to fail so. */
function failing(folder: string, times: number, stderr: string): Kubectl {
  const binary = join(folder, "kubectl");
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  const script = `#!/bin/sh\necho "$@" >> ${calls}\n[ $(wc -l < ${calls}) -gt ${times} ] && exit 0\necho '${stderr}' >&2; exit 1\n`;
  writeFileSync(binary, script, { mode: 0o755 });
  return new Kubectl({ binary, kubeconfig: "none", home: folder, namespaces: undefined });
}

test("a definition without conditions is asked for again, and any other error is thrown", async () => {
  using folder = createTemporaryFolder("kubectl");
  const nil = "error: .status.conditions accessor error: <nil> is of the type <nil>, expected []interface{}";
  await failing(folder.path, 2, nil).established("a.example.org", "b.example.org");
  const calls = readFileSync(join(folder.path, "calls"), "utf8").trimEnd().split("\n");
  assert.deepEqual(
    calls,
    Array(3).fill("wait --for=condition=Established --timeout=60s crd/a.example.org crd/b.example.org"),
  );
  await assert.rejects(failing(folder.path, 9, "error: not found").established("a.example.org"), /not found/);
});
