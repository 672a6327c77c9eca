import assert from "node:assert/strict";
import { test } from "node:test";
import { type CniCommand, cniCommands } from "#cni/contract/commands.ts";
import { cniVariables, parseEnvironment } from "#cni/contract/environment.ts";
import { AppError } from "#src/core/errors.ts";

const complete = { CNI_CONTAINERID: "abc", CNI_NETNS: "/run/netns/a", CNI_IFNAME: "net1", CNI_ARGS: "" };
const parse = (environment: Record<string, string>) => parseEnvironment(new Map(Object.entries(environment)));

for (const command of Object.keys(cniCommands) as CniCommand[]) {
  for (const [name, { requiredBy }] of Object.entries(cniVariables)) {
    const isRequired = (requiredBy as readonly string[]).includes(command);
    test(`${command} ${isRequired ? "is refused" : "is accepted"} without ${name}`, () => {
      const call = () => parse({ ...complete, CNI_COMMAND: command, [name]: "" });
      if (!isRequired) {
        assert.equal(call().command, command);
        return;
      }
      assert.throws(call, (error) => error instanceof AppError && error.message.includes(`[${name}]`));
    });
  }
}

test("DEL of a sandbox whose network namespace is gone has no netns", () => {
  assert.deepEqual(parse({ ...complete, CNI_COMMAND: "DEL", CNI_NETNS: "" }), {
    command: "DEL",
    containerId: "abc",
    interfaceName: "net1",
    args: "",
    netns: undefined,
  });
});

for (const [name, value] of [
  ["CNI_CONTAINERID", "-abc"],
  ["CNI_CONTAINERID", "a/../b"],
  ["CNI_NETNS", "run/netns/a"],
  ["CNI_IFNAME", ".."],
  ["CNI_IFNAME", "a b"],
  ["CNI_IFNAME", "a:b"],
  ["CNI_IFNAME", "ééééééééé"],
] as const) {
  test(`${name} "${value}" is refused by name and value`, () => {
    const isNamed = (error: unknown) =>
      error instanceof AppError && error.code === "CniEnvironmentInvalid" && error.message.startsWith(`${name} "`);
    assert.throws(() => parse({ ...complete, CNI_COMMAND: "ADD", [name]: value }), isNamed);
  });
}

test("the error of a missing command lists the commands", () => {
  assert.throws(() => parse({}), /CNI_COMMAND "" is not one of ADD, DEL, CHECK, GC, STATUS, VERSION/);
});
