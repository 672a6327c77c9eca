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

export interface Image {
  /** An archive for `docker load`, `ctr images import`, and programs that read the layout of OCI. */
  readonly archive: Buffer;
  /** The digest of the image's manifest, by which a registry and a node know it: `sha256:...`. */
  readonly digest: string;
}

const ociTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  index: "application/vnd.oci.image.index.v1+json",
};

/**
 * Makes a container image of one layer. Its archive has the layout of OCI (image-spec 1.1) and the file
 * `manifest.json` of Docker, so that each program finds the same manifest.
 */
export function writeImage(spec: ImageSpec): Image {
  const { name, files, command, entrypoint, env = ["PATH=/bin:/sbin"], user } = spec;
  const layer = writeTar(files);
  const layerBlob = blobOf(ociTypes.layer, layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { User: user, Entrypoint: entrypoint, Cmd: command, Env: env },
      rootfs: { type: "layers", diff_ids: [layerBlob.digest] },
      history: [{ created_by: "ovn4nfv" }],
    }),
  );
  const configBlob = blobOf(ociTypes.config, config);
  const manifest = { schemaVersion: 2, mediaType: ociTypes.manifest, config: configBlob, layers: [layerBlob] };
  const manifestText = Buffer.from(JSON.stringify(manifest));
  const manifestBlob = blobOf(ociTypes.manifest, manifestText);
  const { digest } = manifestBlob;
  const { repository, tag } = parseImageName(name);
  const index = {
    schemaVersion: 2,
    mediaType: ociTypes.index,
    manifests: [
      {
        ...manifestBlob,
        annotations: { [containerdName]: `${repository}:${tag}`, "org.opencontainers.image.ref.name": tag },
      },
      // A pod that names the digest finds the image under this name, when it was imported and not pulled.
      { ...manifestBlob, annotations: { [containerdName]: `${repository}@${digest}` } },
    ],
  };
  const docker = [{ Config: pathOf(configBlob), RepoTags: [name], Layers: [pathOf(layerBlob)] }];
  const json = (path: string, value: unknown): TarEntry => {
    return { kind: "file", path, content: Buffer.from(JSON.stringify(value)) };
  };
  const archive = writeTar([
    json("oci-layout", { imageLayoutVersion: "1.0.0" }),
    { kind: "folder", path: "blobs" },
    { kind: "folder", path: "blobs/sha256" },
    { kind: "file", path: pathOf(configBlob), content: config },
    { kind: "file", path: pathOf(layerBlob), content: layer },
    { kind: "file", path: pathOf(manifestBlob), content: manifestText },
    json("index.json", index),
    json("manifest.json", docker),
  ]);
  return { archive, digest };
}

const containerdName = "io.containerd.image.name";

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return { mediaType, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, size: bytes.length };
}

function pathOf({ digest }: Blob): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** Splits `NAME:TAG`. The repository is the whole one that Docker and Kubernetes mean: `docker.io/library/NAME`. */
function parseImageName(name: string): { readonly repository: string; readonly tag: string } {
  const [, path = name, tag = "latest"] = /^(.+):([\w.-]+)$/.exec(name) ?? [];
  const [first = "", ...others] = path.split("/");
  const hasRegistry = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (hasRegistry) return { repository: path, tag };
  return { repository: others.length > 0 ? `docker.io/${path}` : `docker.io/library/${path}`, tag };
}
