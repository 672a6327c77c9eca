import * as z from "zod";
import { AppError } from "#src/core/errors.ts";
import {
  type CniCommand,
  type CniVersion,
  cniCommands,
  cniVersions,
  isCniVersionAtLeast,
  isCniVersion,
  newestVersion,
} from "./commands.ts";
import { quotedValue } from "./quoted-value.ts";
import { type CniResult, parseCniResult } from "./result.ts";

/** The capability by which containerd and CRI-O hand over the pod's annotations. Multus never does. */
export const podAnnotationsCapability = "io.kubernetes.cri.pod-annotations";

/** One network configuration as the runtime hands it to a plugin on stdin. */
export interface CniConfig {
  readonly cniVersion: CniVersion;
  /** The name of the configuration. OVS interfaces keep it as `cni-network`. */
  readonly name: string;
  /** This field is Nodus'. Only the interfaces on this network are wired; when it is absent, all of the pod are. */
  readonly network: string | undefined;
  readonly strictStatus: boolean;
  /** Annotations of the pod as the runtime knew them. They are absent when the runtime did not give them. */
  readonly podAnnotations: ReadonlyMap<string, string> | undefined;
  /** For ADD it is the result of the plugins before us in a chain. For CHECK and DEL it is the last plugin's answer to ADD. */
  readonly prevResult: CniResult | undefined;
  /** For GC it is every attachment that is still wanted. When the runtime did not give it, nothing may be removed. */
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
    // It is written into the database of Open vSwitch for each interface. The name of an object of Kubernetes is as long at most.
    .max(253, "must have at most 253 characters")
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "must begin with a letter or digit and have only those, `_`, `.` and `-`"),
  "nfn-network": z.string().optional(),
  strictStatus: z.boolean().optional(),
  /** Only the shim uses it. It is checked here so that a wrong value is reported while the agent still answers. */
  agentSocket: z.string().startsWith("/", "must be an absolute path").optional(),
  runtimeConfig: z
    .object({ [podAnnotationsCapability]: z.record(z.string(), z.string()).nullable().optional() })
    .nullish(),
  prevResult: z.unknown().optional(),
  "cni.dev/valid-attachments": attachments.optional(),
  /** libcni before 1.2 wrote this name, because of a mistake in the specification. */
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

/** When cniVersion is absent, it is 0.1.0 (CNI specification, "Version considerations"). */
function versionOf(config: object): CniVersion {
  const version: unknown = "cniVersion" in config ? config.cniVersion : "0.1.0";
  if (isCniVersion(version)) return version;
  const known = cniVersions.join(", ");
  throw new AppError("CniVersionUnsupported", `cniVersion ${quotedValue(version)} is not one of ${known}`);
}

/** DEL uses of a configuration only the result of ADD, if that can be read. */
function configForDel(config: object): CniConfig {
  const { cniVersion, name, prevResult }: Record<string, unknown> = { ...config };
  return {
    cniVersion: isCniVersion(cniVersion) ? cniVersion : newestVersion,
    name: typeof name === "string" ? name : "",
    network: undefined,
    strictStatus: false,
    podAnnotations: undefined,
    prevResult: readableResult(prevResult),
    validAttachments: undefined,
  };
}

/** A result that cannot be read is none of ours, and what it names has no ports of ours. */
function readableResult(prevResult: unknown): CniResult | undefined {
  try {
    return prevResult === undefined || prevResult === null ? undefined : parseCniResult(prevResult);
  } catch {
    return undefined;
  }
}

/**
 * Reads the network configuration of one call. Throws `CniConfigUndecodable` when it is not a JSON object,
 * `CniVersionUnsupported` for an unknown version or a command that the version lacks, or `CniConfigInvalid` with the path of
 * a wrong field. For DEL only the first of these is an error: a pod whose configuration ADD has refused must be able to end.
 */
export function parseCniConfig(stdin: Uint8Array, command: CniCommand): CniConfig {
  const config = decode(stdin);
  if (command === "DEL") return configForDel(config);
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
