import assert from "node:assert/strict";
import { Command } from "commander";
import { describe, it } from "node:test";
import { addFlagOptions, flagsOf, typedFlags } from "#src/commands/flags/flag-options.ts";

/** The texts that are typed for `admit`, by flag name. */
function typed(...argv: readonly string[]): Readonly<Record<string, unknown>> {
  const command = new Command().exitOverride();
  addFlagOptions(command, "admit");
  command.parse(argv, { from: "user" });
  return typedFlags(command);
}

describe("the options of a subcommand", () => {
  it("are its own flags alone", () => {
    const names = flagsOf("admit").map(({ flag }) => flag);
    assert.ok(names.includes("filename"));
    assert.ok(!names.includes("lease-duration"));
    assert.ok(flagsOf("controller").some(({ flag }) => flag === "lease-duration"));
  });

  it("come back as texts under the name of the flag, and only those that were typed", () => {
    assert.deepEqual(typed("--timeout", "3s"), { timeout: "3s" });
    assert.deepEqual(typed(), {});
  });

  it("collect a list from one option each", () => {
    assert.deepEqual(typed("-f", "a.yaml", "--filename", "b.yaml"), { filename: ["a.yaml", "b.yaml"] });
  });

  it("switch on and off by one flag, whatever its default is", () => {
    assert.deepEqual(typed("--any-switch"), { "any-switch": "true" });
    assert.deepEqual(typed("--no-any-switch"), { "any-switch": "false" });
    assert.deepEqual(typed("--no-dry-run"), { "dry-run": "false" });
  });

  it("show in the help their default and their values", () => {
    const command = new Command();
    addFlagOptions(command, "admit");
    const help = command.helpInformation();
    assert.match(help, /--timeout <\S+>\s[^-]*\(default /);
    assert.match(help, /--output <\w+(?:\|\w+)+>/);
    assert.match(help, /--config <file>/);
  });

  it("say of each form of a flag what it does, and of a flag what it does in this subcommand", () => {
    const helpOf = (name: "admit" | "pods"): string => {
      const command = new Command();
      addFlagOptions(command, name);
      return command.configureHelp({ helpWidth: 400 }).helpInformation();
    };
    const help = helpOf("admit");
    assert.match(help, /^ +--dry-run +Only read: /m);
    assert.match(help, /^ +--no-dry-run +Reserve /m);
    assert.match(help, /^ +-n, --namespace <namespace> +Namespace of objects that name none\./m);
    assert.match(helpOf("pods"), /^ +-n, --namespace <namespace> +Namespace whose pods are shown\./m);
    assert.match(help, /^Configuration:\n.*\n +-h, --help +Show this text\.$/m);
    assert.doesNotMatch(help, /^Options:$/m);
  });
});
