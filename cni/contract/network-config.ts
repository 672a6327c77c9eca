import { z } from "zod";
import { AppError } from "#src/core/errors.ts";
import {
  type CniCommand,
  type CniVersion,
  cniCommands,
  cniVersions,
  isCniVersionAtLeast,
  isCniVersion,
} from "./commands.ts";
import { type CniResult, parseCniResult } from "./result.ts";

/** The capability by which a runtime hands over the pod's annotations (containerd, CRI-O; never Multus). */
export const podAnnotationsCapability = "io.kubernetes.cri.pod-annotations";

/** One network configuration as the runtime hands it to a plugin on stdin. */
export interface CniConfig {
  readonly cniVersion: CniVersion;
  /** The configuration's name; OVS interfaces keep it as `cni-network`. */
  readonly name: string;
  /** Nodus' field: wire only the interfaces on this network; absent: all of the pod. */
  readonly network: string | undefined;
  readonly strictStatus: boolean;
  /** Annotations of the pod as the runtime knew them; absent: it did not say. */
  readonly podAnnotations: ReadonlyMap<string, string> | undefined;
  /** In a chain: what the plugins before us made. For CHECK and DEL: what the last plugin's ADD had answered. */
  readonly prevResult: CniResult | undefined;
  /** GC: everything that is still wanted; absent: the runtime did not say, so nothing may be removed. */
  readonly validAttachments: readonly Attachment[] | undefined;
}

export interface Attachment {
  readonly containerId: string;
  readonly interfaceName: string;
}

const attachment = z
  .object({ containerID: z.string(), ifname: z.string() })
  .transform(({ containerID, ifname }): Attachment => ({ containerId: containerID, interfaceName: ifname }));
/** Go prints an empty list or map as null. */
const attachments = z.array(attachment).nullable();

const document = z.object({
  name: z
    .string({ error: "is missing" })
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "must begin with a letter or digit and have only those, `_`, `.` and `-`"),
  "nfn-network": z.string().optional(),
  strictStatus: z.boolean().optional(),
  /** Read by the shim alone; checked here so that a wrong value is told while the agent still answers. */
  agentSocket: z.string().startsWith("/", "must be an absolute path").optional(),
  runtimeConfig: z
    .object({ [podAnnotationsCapability]: z.record(z.string(), z.string()).nullable().optional() })
    .nullish(),
  prevResult: z.unknown().optional(),
  "cni.dev/valid-attachments": attachments.optional(),
  /** What libcni wrote before 1.2, after a slip in the specification. */
  "cni.dev/attachments": attachments.optional(),
});

function decode(stdin: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(stdin));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("CniConfigUndecodable", `the network configuration is not JSON: ${reason}`, { cause });
  }
  throw new AppError("CniConfigUndecodable", "the network configuration is not a JSON object");
}

/** An absent cniVersion means 0.1.0 (CNI specification, "Version considerations"). */
function versionOf(config: object): CniVersion {
  const version: unknown = "cniVersion" in config ? config.cniVersion : "0.1.0";
  if (isCniVersion(version)) return version;
  const known = cniVersions.join(", ");
  throw new AppError("CniVersionUnsupported", `cniVersion ${JSON.stringify(version)} is not one of ${known}`);
}

/**
 * Reads the network configuration of one call. Throws `CniConfigUndecodable` (not a JSON object),
 * `CniVersionUnsupported` (the version, or the command in that version) or `CniConfigInvalid` (a field, by its path).
 */
export function parseCniConfig(stdin: Uint8Array, command: CniCommand): CniConfig {
  const config = decode(stdin);
  const cniVersion = versionOf(config);
  const { since } = cniCommands[command];
  if (!isCniVersionAtLeast(cniVersion, since)) {
    throw new AppError(
      "CniVersionUnsupported",
      `${command} came with CNI ${since}; the configuration says ${cniVersion}`,
    );
  }
  const parsed = document.safeParse(config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.join(".") ?? "";
    throw new AppError("CniConfigInvalid", `${path}: ${issue?.message ?? "invalid"}`, { cause: parsed.error });
  }
  const { data } = parsed;
  const annotations = data.runtimeConfig?.[podAnnotationsCapability];
  const valid = data["cni.dev/valid-attachments"] ?? data["cni.dev/attachments"];
  const said = "cni.dev/valid-attachments" in config || "cni.dev/attachments" in config;
  const prevResult = data.prevResult ?? undefined;
  if (command === "CHECK" && prevResult === undefined) {
    throw new AppError("CniConfigInvalid", "prevResult: CHECK compares with the result of ADD, which is missing");
  }
  return {
    cniVersion,
    name: data.name,
    network: data["nfn-network"] === "" ? undefined : data["nfn-network"],
    strictStatus: data.strictStatus ?? false,
    podAnnotations: annotations === undefined ? undefined : new Map(Object.entries(annotations ?? {})),
    prevResult: prevResult === undefined ? undefined : parseCniResult(prevResult),
    validAttachments: said ? (valid ?? []) : undefined,
  };
}
