import { readFileSync } from "node:fs";
import { writeImage } from "#tools/image/image.ts";
import type { TarEntry } from "#tools/image/tar.ts";

export const pauseImage = "lab.local/pause:1";
export const busyboxImage = "lab.local/busybox:1";

const applets =
  "sh ls ip ping ping6 nc sleep cat echo ifconfig route wget httpd hostname arp arping awk dd grep sed tail traceroute wc";

/** The images of the lab's pods, as archives by name. Both are made from the host's static busybox. */
export function labImages(busyboxPath: string): ReadonlyMap<string, Buffer> {
  const busybox: TarEntry = { kind: "file", path: "bin/busybox", content: readFileSync(busyboxPath), executable: true };
  const folders = ["bin", "tmp", "etc"].map((path): TarEntry => ({ kind: "folder", path }));
  const links = applets.split(" ").map((name): TarEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" }));
  // The first process of a container ends at SIGTERM only if it handles the signal.
  const wait = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done";
  return new Map([
    [
      pauseImage,
      writeImage({ name: pauseImage, files: [...folders, busybox], command: ["/bin/busybox", "sleep", "2147483647"] })
        .archive,
    ],
    [
      busyboxImage,
      writeImage({ name: busyboxImage, files: [...folders, busybox, ...links], command: ["/bin/sh", "-c", wait] })
        .archive,
    ],
  ]);
}
