import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ShellPool } from "#cni/plumbing/shell-pool.ts";

const { signal } = new AbortController();
const pool = new ShellPool(100);
after(() => {
  pool.close();
});

test("words and lines arrive as they are, whatever a shell would make of them", async () => {
  const words = ["*", "$HOME", "a b", "'", '"', "`x`", "\\n", ";", "--"];
  assert.equal(await pool.run(["printf", "%s|", ...words], "", { signal }), words.map((word) => `${word}|`).join(""));
  assert.equal(await pool.run(["cat"], "a b\n$HOME *\n\\t\n", { signal }), "a b\n$HOME *\n\\t");
});

test("one shell serves one order after the other, and several at once have one each", async () => {
  const shellOf = () => pool.run(["sh", "-c", "ps -o ppid= -p $PPID; sleep 0.05"], "", { signal });
  const [first, second] = [await shellOf(), await shellOf()];
  assert.equal(first, second);
  const together = await Promise.all([shellOf(), shellOf(), shellOf()]);
  assert.equal(new Set(together).size, 3);
});

test("a failing program is quoted, and the shell goes on", async () => {
  await assert.rejects(pool.run(["sh", "-c", "echo no way >&2; exit 3"], "", { signal }), {
    code: "CommandFailed",
    message: "sh -c: no way",
  });
  await assert.rejects(pool.run(["no-such-program"], "", { signal }), { message: /no-such-program.*not found/ });
  assert.equal(await pool.run(["echo", "well"], "", { signal }), "well");
});

test("an abort waits for a program that ends soon, and no longer for one that does not", async () => {
  const soon = new AbortController();
  const ending = pool.run(["sh", "-c", "sleep 0.02; echo done"], "", { signal: soon.signal });
  const controller = new AbortController();
  const running = pool.run(["sleep", "2"], "", { signal: controller.signal });
  setImmediate(() => {
    soon.abort();
    controller.abort();
  });
  await assert.rejects(ending, { code: "Aborted", message: /was done/ });
  await assert.rejects(running, { code: "Aborted", message: /did not end in time/ });
  await assert.rejects(pool.run(["echo"], "", { signal: controller.signal }), { code: "Aborted" });
  assert.equal(await pool.run(["echo", "well"], "", { signal }), "well");
});

test("a shell that was killed is an error of its order, and the next order has another", async () => {
  await assert.rejects(pool.run(["sh", "-c", "kill -9 $(ps -o ppid= -p $PPID)"], "", { signal }), {
    code: "CommandFailed",
    message: /has ended/,
  });
  assert.equal(await pool.run(["echo", "well"], "", { signal }), "well");
});

test("what would be taken for two words or lines is refused", async () => {
  for (const word of ["a\nb", "a\x1fb"])
    await assert.rejects(pool.run(["echo", word], "", { signal }), { code: "Internal" });
});
