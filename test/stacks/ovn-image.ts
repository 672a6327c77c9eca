// The image of OVN, unpacked, whose entry a test runs without a container runtime.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, mustRun, runCommand } from "#tools/process/command.ts";
import { ManagedProcess, type Readiness } from "#tools/process/process.ts";
import { untilProbe } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import type { Image } from "#tools/image/image.ts";

type Environment = Readonly<Record<string, string>>;

export class UnpackedImage implements Disposable {
  readonly #folder = createTemporaryFolder("ovn-root");
  readonly root: string = join(this.#folder.path, "root");

  static async of({ archive }: Image): Promise<UnpackedImage> {
    const unpacked = new UnpackedImage();
    const folder = unpacked.#folder.path;
    writeFileSync(join(folder, "image.tar"), archive);
    await mustRun("tar", ["xf", "image.tar"], { cwd: folder });
    const [manifest] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
      readonly Layers: readonly string[];
    }[];
    for (const path of ["dev", "proc"]) mkdirSync(join(unpacked.root, path), { recursive: true });
    await mustRun("tar", ["xf", join(folder, manifest?.Layers[0] ?? ""), "-C", unpacked.root]);
    return unpacked;
  }

  /** Writes a file that the image's programs see at `path`. */
  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, ".."), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Makes folders that a pod would mount. */
  folders(...paths: readonly string[]): void {
    for (const path of paths) mkdirSync(join(this.root, path), { recursive: true });
  }

  /** Runs a command in the image, in a network namespace of its own. It sees the kernel and the devices of this machine. */
  run(command: readonly string[], env: Environment = {}): Promise<CommandResult> {
    return this.#run(this.#inside(command), env);
  }

  /** The same, as a root without the capability to pass over the rights of files, as a pod has it. */
  runWithoutCapabilities(command: readonly string[], env: Environment = {}): Promise<CommandResult> {
    const dropped = ["setpriv", "--inh-caps=-all", "--bounding-set=-all,+sys_chroot"];
    return this.#run(this.#inside(command, dropped), env);
  }

  #run([program, ...args]: [string, ...string[]], env: Environment): Promise<CommandResult> {
    return runCommand(program, args, { env: { PATH: process.env["PATH"] ?? "", ...env } });
  }

  /** Describes a role of the image, which is ready when its probe says so. */
  role(name: string, env: Environment, ready: Readiness = this.#whenReady(name)): ManagedProcess {
    const [command, ...args] = this.#inside(["/usr/bin/ovn-run", name]);
    const logFile = join(this.#folder.path, `${name}.log`);
    return new ManagedProcess({
      name,
      command,
      args,
      logFile,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      ready,
    });
  }

  /** The words of a role in all its runs. */
  said(name: string): string {
    return readFileSync(join(this.#folder.path, `${name}.log`), "utf8");
  }

  [Symbol.dispose](): void {
    this.#folder.remove();
  }

  #whenReady(role: string): Readiness {
    return untilProbe(async () => (await this.run(["/usr/bin/ovn-run", "ready", role])).code === 0, 200);
  }

  #inside(command: readonly string[], before: readonly string[] = []): [string, ...string[]] {
    const script = `mount --rbind /dev '${this.root}/dev' && mount -t proc proc '${this.root}/proc' && exec "$@"`;
    return ["unshare", "--mount", "--net", "sh", "-c", script, "sh", ...before, "chroot", this.root, ...command];
  }
}
