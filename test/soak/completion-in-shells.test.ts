// Types into a real bash, zsh and fish, and lets each complete words and names by the script that `ovn4nfv completion` prints.
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensurePrograms, northboundPrograms, shellPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";
import { until } from "#test/assertions/until.ts";
import { startSampleNorthbound } from "#test/stacks/commands/northbound-with-samples.ts";

const programs = [...shellPrograms, ...northboundPrograms] as const;
const prompt = "READY>";
const source = (shell: string): string => `ovn4nfv completion ${shell} >script.${shell}; source ./script.${shell}`;

/** Each shell with the command that starts it without files of its user, and the lines that prepare it. */
const shells = [
  { shell: "bash", command: "bash --norc --noprofile -i", lines: [source("bash"), `PS1='${prompt} '`] },
  {
    shell: "zsh",
    command: "zsh -f -i",
    lines: ["autoload -U compinit; compinit -u", "unsetopt zle_bracketed_paste", source("zsh"), `PS1='${prompt} '`],
  },
  {
    shell: "fish",
    command: "fish --no-config -i",
    lines: [source("fish"), `function fish_prompt; echo -n '${prompt} '; end`],
  },
] as const;

describe("completion in a shell", { skip: whyProgramsAreMissing(programs) }, () => {
  const owned = new AsyncDisposableStack();
  let folder: string;
  let nb: string;
  before(async () => {
    await ensurePrograms(programs);
    folder = owned.use(createTemporaryFolder("completion")).path;
    nb = owned.use(await startSampleNorthbound()).endpoint;
    const path = join(folder, "ovn4nfv");
    const real = `exec node ${join(root, "tools/start.mjs")} ovn4nfv "$@"`;
    writeFileSync(path, `#!/bin/sh\nif [ "$1" = completion ]; then ${real}; fi\necho "GOT:" "$@"\n`);
    chmodSync(path, 0o755);
  });
  after(() => owned.disposeAsync());

  for (const { shell, command, lines } of shells) {
    it(`${shell} completes subcommands, flags, names and the values of flags`, async () => {
      await using typist = await Typist.start({ command, lines, folder, nb });
      for (const [typed, called] of [
        ["supp", "support-bundle"],
        ["networks --nb-le", "networks --nb-leader"],
        ["networks gr", "networks green"],
        [`networks --nb ${nb} bl`, `networks --nb ${nb} blue`],
        ["networks -o js", "networks -o json"],
        ["explain PoolExh", "explain PoolExhausted"],
      ] as const) {
        assert.equal(await typist.complete(`ovn4nfv ${typed}`, called), called);
      }
    });
  }
});

interface Shell {
  readonly command: string;
  readonly lines: readonly string[];
  readonly folder: string;
  readonly nb: string;
}

/** Types into a shell on a terminal of its own. */
class Typist implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #text = "";

  private constructor({ command, folder, nb }: Shell) {
    const own = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, OVN4NFV_NB: nb, TERM: "dumb", HOME: folder };
    const env = { ...process.env, ...own };
    this.#child = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: folder,
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      this.#text += chunk;
    });
  }

  /** When it resolves, the shell has read the script of completion. */
  static async start(shell: Shell): Promise<Typist> {
    const typist = new Typist(shell);
    try {
      for (const line of shell.lines) typist.#child.stdin.write(`${line}\n`);
      // The prompt stands at the beginning of a line once it was set, and not where it was typed.
      await typist.#until(new RegExp(`(^|[\\r\\n])${prompt} `));
    } catch (error) {
      await typist[Symbol.asyncDispose]();
      throw error;
    }
    return typist;
  }

  /** Types a line, the key for completion, and Enter once the last word is there. Gives the words with which the program was called. */
  async complete(line: string, called: string): Promise<string> {
    this.#text = "";
    const [, rest] = splitAtLastWord(line);
    const [, wanted] = splitAtLastWord(called);
    this.#child.stdin.write(`${line}\t`);
    await this.#until(new RegExp(`${wanted.slice(rest.length)}[ \\r\\n]`));
    this.#child.stdin.write("\n");
    await this.#until(/GOT: .*\r?\n/);
    return (/GOT: (.*?)\s*\r?\n/.exec(this.#text)?.[1] ?? "").trim();
  }

  async #until(sign: RegExp): Promise<void> {
    await until(() => sign.test(this.#text)).catch((cause: unknown) => {
      throw new Error(`the shell said ${JSON.stringify(this.#text)}, and not ${sign.source}`, { cause });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}

function splitAtLastWord(line: string): readonly [string, string] {
  const at = line.lastIndexOf(" ") + 1;
  return [line.slice(0, at), line.slice(at)];
}
