import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cgroupHierarchies } from "#lab/machine/cgroup.ts";

const version1 = ["cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0", "cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0"];
const rest = ["/dev/vda / ext4 rw 0 0", ""];

describe("the cgroup hierarchies", () => {
  it("are those of version 1 where the kernel has both, but what lies in version 2 is seen as well", () => {
    const mounts = [...version1, "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0", ...rest].join("\n");
    const { used, all } = cgroupHierarchies(mounts);
    assert.deepEqual(used, ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/pids"]);
    assert.deepEqual(all, [...used, "/sys/fs/cgroup/unified"]);
  });

  it("are the one of version 2 where there is no other", () => {
    const { used, all } = cgroupHierarchies(["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", ...rest].join("\n"));
    assert.deepEqual(used, ["/sys/fs/cgroup"]);
    assert.deepEqual(all, used);
  });
});
