// `npm run lab`: a Kubernetes cluster of two nodes with OVN on this machine, kept by a process in the background.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fromUnknown } from "#src/core/errors.ts";
import { labLockName, removeLeftovers } from "./cluster/lab.ts";
import { busyboxImage } from "./cluster/lab-images.ts";
import { type LabState, readLabState, removeLabState } from "./cluster/lab-state.ts";
import { startSupervisor, superviseLab } from "./cluster/lab-supervisor.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { inNamespaces, type Namespaces } from "#tools/process/namespaces.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { stderrProgress } from "#tools/process/progress.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

interface Command {
  readonly form: string;
  readonly does: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  up: { form: "up", does: "brings the lab up (this is the default)", run: up },
  kubectl: { form: "kubectl get pods -A", does: "runs kubectl as administrator", run: kubectl },
  nbctl: { form: "nbctl show", does: "runs ovn-nbctl", run: (args) => ovnTool("ovn-nbctl", "northbound", args) },
  sbctl: { form: "sbctl show", does: "runs ovn-sbctl", run: (args) => ovnTool("ovn-sbctl", "southbound", args) },
  on: { form: "on n1 ovs-vsctl show", does: "runs a program on a machine: cp, n1 or n2", run: onMachine },
  down: { form: "down", does: "takes the lab down and leaves nothing behind", run: down },
};

const usage = Object.values(commands)
  .map(({ form, does }) => `  npm run lab -- ${form.padEnd(24)} ${does}`)
  .join("\n");

async function up(): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error("the lab makes network namespaces and cgroups: run it as root");
  const holder = await MachineLock.holder(labLockName);
  if (holder === undefined) {
    await startSupervisor(fileURLToPath(import.meta.url), (line) => {
      console.error(line);
    });
  }
  const { folder } = await currentLab();
  console.log(`The lab is up, with Multus and ovn4nfv; pods run the image ${busyboxImage}.\n${usage}\nLogs: ${folder}`);
  return 0;
}

async function kubectl(args: readonly string[]): Promise<number> {
  const state = await currentLab();
  const tools = await ensureTools(["kubectl"]);
  const env = { ...process.env, KUBECONFIG: state.kubeconfig };
  return attach(tools.kubectl, args, { net: namespacesOf(state, "cp").net }, env);
}

async function ovnTool(name: string, database: "northbound" | "southbound", args: readonly string[]): Promise<number> {
  const state = await currentLab();
  return attach(ovnBinary(name), [`--db=${state[database]}`, ...args]);
}

async function onMachine([machine = "", command = "sh", ...args]: readonly string[]): Promise<number> {
  return attach(command, args, namespacesOf(await currentLab(), machine));
}

async function down(): Promise<number> {
  const holder = await MachineLock.holder(labLockName);
  if (holder === undefined) {
    using _lock = await MachineLock.acquire(labLockName);
    await removeLeftovers();
    console.error("no lab is up");
  } else {
    // This throws for a lab that a test run has for itself.
    await currentLab();
    await stderrProgress().during("taking the lab down", async () => {
      process.kill(holder, "SIGTERM");
      await MachineLock.whileHeld(labLockName, () => {});
    });
  }
  removeLabState();
  return 0;
}

/** The lab that `up` made. Throws when there is none, or when a test run has one of its own. */
async function currentLab(): Promise<LabState> {
  const holder = await MachineLock.holder(labLockName);
  if (holder === undefined) throw new Error("no lab is up; `npm run lab` brings one up");
  const state = readLabState(holder);
  if (state === undefined) throw new Error(`process ${holder} has a lab of its own, or is still bringing one up`);
  return state;
}

function namespacesOf({ machines }: LabState, name: string): Namespaces {
  const pid = machines[name];
  if (pid === undefined) throw new Error(`no machine "${name}"; there are ${Object.keys(machines).join(", ")}`);
  return { net: `/proc/${pid}/ns/net`, mount: `/proc/${pid}/ns/mnt` };
}

/** Runs a program on our terminal and returns its exit code. */
function attach(
  command: string,
  args: readonly string[],
  namespaces?: Namespaces,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const [program, argv] = inNamespaces(namespaces, command, args);
  // Ctrl-C is meant for the program, not for us.
  process.on("SIGINT", () => {});
  return new Promise((resolve, reject) => {
    const cwd = namespaces?.mount === undefined ? process.env["INIT_CWD"] : undefined;
    const child = spawn(program, argv, { stdio: "inherit", env, ...(cwd === undefined ? {} : { cwd }) });
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

async function main([name = "up", ...args]: readonly string[]): Promise<number> {
  if (name === "supervise") {
    await superviseLab();
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  }
  const command = commands[name];
  if (command !== undefined) return command.run(args);
  console.error(`usage:\n${usage}`);
  return name === "--help" || name === "help" ? 0 : 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(fromUnknown(error).message);
  process.exitCode = 1;
}
