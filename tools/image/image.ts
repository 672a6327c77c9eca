import { createHash } from "node:crypto";
import { type TarEntry, writeTar } from "./tar.ts";

export interface ImageSpec {
  /** The name with registry and tag: `lab.local/busybox:1`. */
  readonly name: string;
  readonly files: readonly TarEntry[];
  /** The command of a container that names none. */
  readonly command?: readonly string[];
  /** Words in front of the command, also in front of a container's own command. */
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  /** `UID:GID`; root when absent. */
  readonly user?: string;
}

/** Makes a container image of one layer, as an archive that `docker load` and `ctr images import` read. */
export function writeImage(spec: ImageSpec): Buffer {
  const { name, files, command, entrypoint, env = ["PATH=/bin:/sbin"], user } = spec;
  const layer = writeTar(files);
  const layerDigest = sha256(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { User: user, Entrypoint: entrypoint, Cmd: command, Env: env },
      rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
      history: [{ created_by: "ovn4nfv" }],
    }),
  );
  const configFile = `${sha256(config)}.json`;
  const layerFile = `${layerDigest}/layer.tar`;
  const manifest = [{ Config: configFile, RepoTags: [name], Layers: [layerFile] }];
  return writeTar([
    { kind: "file", path: configFile, content: config },
    { kind: "folder", path: layerDigest },
    { kind: "file", path: layerFile, content: layer },
    { kind: "file", path: "manifest.json", content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
