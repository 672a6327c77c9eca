// `npm run lab`: a Kubernetes cluster of two or three nodes with OVN on this machine, kept by a process in the background.
import { spawn } from "node:child_process";
import { fromUnknown } from "#src/core/errors.ts";
import { bringLabUp, currentLab, takeLabDown } from "./cluster/kept-lab.ts";
import { busyboxImage } from "./cluster/lab-images.ts";
import { makeLabShell } from "./cluster/lab-shell.ts";
import { assertLabRuns, ovnEnvironment } from "./cluster/lab-ovn.ts";
import { namespacesOf } from "./cluster/lab-state.ts";
import { superviseLab } from "./cluster/lab-supervisor.ts";
import { assertLabHas, wantedLab } from "./cluster/wanted-lab.ts";
import { inNamespaces, type Namespaces } from "#tools/process/namespaces.ts";
import { ensureOvn } from "#tools/ovn/ovn-cache.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

interface Command {
  readonly form: string;
  readonly does: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  up: {
    form: "up --ovn sid --nodes 3",
    does: "brings the lab up (this is the default); --ovn: OVN of that Debian; --without-ovn: OVN in pods; --nodes: 2 or 3",
    run: up,
  },
  kubectl: { form: "kubectl get pods -A", does: "runs kubectl as administrator", run: kubectl },
  ovn4nfv: { form: "ovn4nfv networks", does: "runs ovn4nfv as administrator", run: product },
  nbctl: { form: "nbctl show", does: "runs ovn-nbctl", run: (args) => ovnTool("ovn-nbctl", "northbound", args) },
  sbctl: { form: "sbctl show", does: "runs ovn-sbctl", run: (args) => ovnTool("ovn-sbctl", "southbound", args) },
  shell: { form: "shell", does: "opens a bash with kubectl, ovn4nfv, ovn-nbctl and ovn-sbctl", run: shell },
  on: { form: "on n1 ovs-vsctl show", does: "runs a program on a machine: cp, n1, n2", run: onMachine },
  down: { form: "down", does: "takes the lab down and leaves nothing behind", run: down },
};

const usage = Object.values(commands)
  .map(({ form, does }) => `  npm run lab -- ${form.padEnd(24)} ${does}`)
  .join("\n");

async function up(args: readonly string[]): Promise<number> {
  const { ovn, nodes, isBare } = wantedLab(args);
  const release = ovn === undefined ? undefined : await ensureOvn(ovn);
  // The process that keeps the lab inherits this.
  if (release !== undefined) process.env["OVN_BINDIR"] = release.binaries;
  const state = await bringLabUp((line) => {
    console.error(line);
  }, args);
  assertLabHas({ nodes, isBare }, state);
  if (release !== undefined) assertLabRuns(release.binaries, state);
  const { folder, kubeconfig } = state;
  console.log(`The lab is up, with Multus and ovn4nfv; pods run the image ${busyboxImage}.\n${usage}\nLogs: ${folder}`);
  const enter = `nsenter --net=${namespacesOf(state, "cp").net}`;
  console.log(`KUBECONFIG=${kubeconfig}\nIts API server is in the lab's own network: use it behind \`${enter}\`.`);
  return 0;
}

async function kubectl(args: readonly string[]): Promise<number> {
  const state = await currentLab();
  const tools = await ensureTools(["kubectl"]);
  const env = { ...process.env, KUBECONFIG: state.kubeconfig };
  return attach(tools.kubectl, args, { net: namespacesOf(state, "cp").net }, env);
}

async function product(args: readonly string[]): Promise<number> {
  using folder = createTemporaryFolder("ovn4nfv");
  const { namespaces, env } = await makeLabShell(await currentLab(), folder.path);
  return await attach("ovn4nfv", args, namespaces, env);
}

async function ovnTool(name: string, database: "northbound" | "southbound", args: readonly string[]): Promise<number> {
  const state = await currentLab();
  if (state[database] !== "")
    return attach(ovnBinary(name, ovnEnvironment(state)), [`--db=${state[database]}`, ...args]);
  using folder = createTemporaryFolder("ovn4nfv");
  const { namespaces, env } = await makeLabShell(state, folder.path);
  return await attach(name, args, namespaces, env);
}

async function onMachine([machine = "", command = "sh", ...args]: readonly string[]): Promise<number> {
  const state = await currentLab();
  return attach(command, args, namespacesOf(state, machine), ovnEnvironment(state));
}

async function shell(args: readonly string[]): Promise<number> {
  using folder = createTemporaryFolder("shell");
  const { namespaces, env } = await makeLabShell(await currentLab(), folder.path);
  return await attach("bash", args, namespaces, env);
}

async function down(): Promise<number> {
  await takeLabDown();
  return 0;
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
    await superviseLab(wantedLab(args));
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
