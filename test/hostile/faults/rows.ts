// Rows of NB, and results of pods, that somebody edits.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { externalId, fenceKey } from "#src/ovn/external-ids.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import type { PodObject } from "#test/stacks/lab/lab-stack.ts";
import type { HostileLab } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { firstPort } from "../pod-churn.ts";

/** Something that happens to the first port of a pod. The pod stays until somebody was told. */
function edited(
  name: string,
  run: (lab: HostileLab, port: string, pod: PodObject) => Promise<unknown>,
  reason: string,
  after: (lab: HostileLab, port: string, pod: PodObject) => Promise<unknown> = () => Promise.resolve(),
): Fault {
  return faultOf({
    name,
    choose: (lab, random) => lab.churn.keep(random),
    run: async (lab, pod, signal) => {
      const { port } = firstPort(pod);
      await run(lab, port, pod);
      const event = () => lab.eventSays(reason, pod.metadata.name);
      await lab
        .eventually(async () => {
          if (!signal.aborted && (await event()) === undefined) throw new Error(`no Event ${reason}`);
        })
        .catch(() => undefined);
      await after(lab, port, pod);
      lab.churn.release(pod);
    },
    told: (lab, pod) => lab.eventSays(reason, pod.metadata.name),
  });
}

/** No pod has them: ovn-nbctl refuses to write an address of another port. */
const otherAddresses = "0e:00:00:00:66:01 10.66.0.250";

async function uuidOf(lab: HostileLab, port: string): Promise<string> {
  return (await lab.nbctl("--bare", "--columns=_uuid", "find", "Logical_Switch_Port", `name=${port}`)).trim();
}

/** A switch of somebody else, which has one of our ports too. */
const other = "somebody-elses";

const addressesEdited = edited(
  "the addresses of a pod's port are edited",
  (lab, port) => lab.nbctl("lsp-set-addresses", port, otherAddresses),
  "PortCorrected",
);

const portDisabled = edited(
  "a pod's port is disabled",
  (lab, port) => lab.nbctl("lsp-set-enabled", port, "disabled"),
  "PortCorrected",
);

const portDeleted = edited("a pod's port is deleted", (lab, port) => lab.nbctl("lsp-del", port), "PortRestored");

const onTwoSwitches = edited(
  "a pod's port is put on a second switch",
  async (lab, port) => {
    await lab.nbctl("--may-exist", "ls-add", other);
    await lab.nbctl("add", "Logical_Switch", other, "ports", await uuidOf(lab, port));
  },
  "PortOnSeveralSwitches",
  async (lab, port) => lab.nbctl("remove", "Logical_Switch", other, "ports", await uuidOf(lab, port)),
);

const addressTaken = edited(
  "a port of somebody else takes a pod's address",
  async (lab, _, pod) => {
    const { network, ip_address: ips } = firstPort(pod);
    const ip = (ips[0] ?? "").replace(/\/.*/, "");
    await addForeignPort(lab.stack.lab.central.nb, {
      switchName: network,
      name: "thief",
      addresses: `0e:00:00:00:66:02 ${ip}`,
    });
  },
  "AddressConflict",
  (lab) => lab.nbctl("--if-exists", "lsp-del", "thief"),
);

/** An administrator may do what the guard forbids to others. */
const resultEdited = edited(
  "the result of a pod is edited",
  async (lab, _, pod) => {
    const { key } = annotationKeys.result;
    const text = (pod.metadata.annotations?.[key] ?? "").replaceAll(/\.(\d+)\//g, ".251/");
    await lab.stack.kubectl("annotate", "pod", pod.metadata.name, "--overwrite", `${key}=${text}`);
  },
  "ForgedResult",
  (lab, _, pod) => lab.churn.end(pod),
);

const strayPort: Fault = {
  name: "a port with our owner comes that belongs to no cluster",
  run: async (lab, _, signal) => {
    const owner = `external_ids:${externalId("owner")}=ovn4nfv`;
    await lab.nbctl("--may-exist", "lsp-add", "plain", "stray", "--", "set", "Logical_Switch_Port", "stray", owner);
    await lab
      .eventually(async () => {
        if (!signal.aborted && (await lab.metric("controller", "ovn4nfv_unknown_ports")) === 0)
          throw new Error("not seen");
      })
      .catch(() => undefined);
    await lab.wait(10_000, signal);
    await lab.nbctl("--if-exists", "lsp-del", "stray");
  },
  told: async (lab) => {
    const count = await lab.metric("controller", "ovn4nfv_unknown_ports");
    return count === 0 ? undefined : `metric ovn4nfv_unknown_ports: ${count}`;
  },
};

/** A webhook takes that for a restore, and answers nobody for 40 s. */
const fenceRemoved: Fault = {
  name: "the fence keys of the webhooks are removed",
  run: async (lab, _, signal) => {
    const global = await lab.nbctl("--bare", "--columns=external_ids", "list", "NB_Global");
    const keys = global.split(" ").flatMap((pair) => (pair.startsWith(fenceKey("")) ? [pair.replace(/=.*/, "")] : []));
    const quoted = keys.map((key) => `"${key}"`);
    if (quoted.length > 0) await lab.nbctl("remove", "NB_Global", ".", "external_ids", ...quoted);
    await lab.wait(45_000, signal);
  },
  told: (lab) => lab.logSays("webhook", /restored/),
};

export const rows: readonly Fault[] = [
  addressesEdited,
  portDisabled,
  portDeleted,
  onTwoSwitches,
  addressTaken,
  resultEdited,
  strayPort,
  fenceRemoved,
];
