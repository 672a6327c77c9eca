import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { NetlinkWorkers, type RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { until } from "#test/assertions/until.ts";
import { mustRun } from "#tools/process/command.ts";
import { whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { buildNetlink, type Netlink } from "#test/stacks/cni/netlink.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const { signal } = new AbortController();
const whyNot = whyNotRoot() || whyProgramsAreMissing(["ethtool", "ip", "nsenter"]);
const id = randomBytes(4).toString("hex");
/** Our program wires the first namespace, and the programs of the distribution wire the second. */
const [own, other] = [`ovn4nfv-o-${id}`, `ovn4nfv-t-${id}`];
const links = [`ovn4nfv${id}`, `ovn4nft${id}`] as const;

let netlink: Netlink;
before(async () => {
  netlink = await buildNetlink();
});

const notOrders: Readonly<Record<string, readonly string[]>> = {
  "an unknown verb": ["launch net1"],
  "a command without words": ["   "],
  "too few words": ["netns"],
  "too many words": ["up net1 net2"],
  "more words than any command has": [`unpair ${"a ".repeat(5_000)}`],
  "a part of the state that cannot be shown alone": ["show routes"],
  "something in a pod that was not named": ["up net1"],
  "a path that is not there": [`netns /${"a/".repeat(3_000)}`],
};
for (const [what, lines] of Object.entries(notOrders)) {
  test(`${what} is a command that failed, and the next batch is served`, async () => {
    const { code, stdout, stderr } = await netlink.run(`${lines.join("\n")}\n\nshow\n\n`);
    assert.match(stdout, /^failed 1 .+\nlink lo [^]*\nok\n$/);
    assert.deepEqual([code, stderr], [0, ""]);
  });
}

test("bytes that are no commands end in answers or in its end, never in a wrong access", async () => {
  const words = fc.constantFrom(
    "netns",
    "up",
    "show",
    "route-add",
    "rule",
    "address",
    "/proc/self/ns/net",
    "-",
    "::/0",
    "9".repeat(40),
    "\n",
    "\n\n",
    " ",
    "é",
    "\0",
  );
  const input = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words, { maxLength: 60 }).map((all) => all.join(" ")),
  );
  await fc.assert(
    fc.asyncProperty(input, async (text) => {
      const { code, stderr } = await netlink.run(text);
      assert.deepEqual([code === 0 || code === 1, stderr], [true, ""]);
    }),
    { numRuns: 60 },
  );
});

test("thousands of pairs are removed by one command", { skip: whyNot }, async () => {
  const names = Array.from({ length: 4_000 }, (_, index) => `ovn-none-${index}`);
  const { code, stdout, stderr } = await netlink.run(`unpair ${names.join(" ")}\n\n`);
  assert.deepEqual([code, stdout, stderr], [0, "ok\n", ""]);
});

test("a batch that is cut off is not begun, and one that is too long ends the program", async () => {
  for (const input of ["show", "show\n", `${"up net1\n".repeat(40_000)}\n`]) {
    const { code, stdout, stderr } = await netlink.run(input);
    assert.deepEqual([code, stdout, stderr], [1, "", ""]);
  }
});

describe("beside ip and ethtool", { skip: whyNot }, () => {
  let worker: NetlinkWorkers;
  const run: RunNetlink = (lines, options) => worker.run([`netns /run/netns/${own}`, ...lines], options);
  const inside = (netns: string, ...command: readonly string[]) =>
    mustRun("nsenter", [`--net=/run/netns/${netns}`, "--", ...command]);
  const batch = (netns: string, lines: readonly string[]) =>
    mustRun("nsenter", [`--net=/run/netns/${netns}`, "--", "ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  before(() => {
    worker = new NetlinkWorkers(netlink.command);
  });
  beforeEach(async () => {
    for (const netns of [own, other]) await mustRun("ip", ["netns", "add", netns]);
    await run([`pair ${links[0]} net1 0a:58:0a:01:00:07 1400`], { signal });
    const peer = ["peer", "name", "net1", "address", "0a:58:0a:01:00:07", "mtu", "1400", "netns", other];
    await mustRun("ip", ["link", "add", links[1], "up", "mtu", "1400", "type", "veth", ...peer]);
  });
  afterEach(async () => {
    // The kernel removes a namespace some time later, but the test needs the names again at once.
    await worker.run([`unpair ${links.join(" ")}`], { signal });
    for (const netns of [own, other]) await mustRun("ip", ["netns", "del", netns]);
  });
  after(() => {
    worker.close();
  });

  /**
   * The output of the distribution's programs for a namespace, without values that differ between any two, and without the addresses of
   * links, which the kernel makes some time after the link is up.
   */
  const show = async (netns: string) => {
    const list = async (...args: string[]) =>
      JSON.parse(await inside(netns, "ip", "-d", "-j", ...args)) as Record<string, unknown>[];
    const withoutNumbers = (all: Record<string, unknown>[]) =>
      all.map(({ ifindex: _a, link_index: _b, link_netnsid: _c, ...rest }) => rest);
    const [links, ipv4, ipv6, rules4, rules6] = await Promise.all([
      list("addr").then(withoutNumbers),
      list("-4", "route", "show", "table", "all"),
      list("-6", "route", "show", "table", "all"),
      list("-4", "rule"),
      list("-6", "rule"),
    ]);
    const global = links.map((link) => {
      const addresses = (link["addr_info"] ?? []) as readonly { readonly scope: string }[];
      return { ...link, addr_info: addresses.filter(({ scope }) => scope !== "link") };
    });
    return { links: global, ipv4, ipv6: ipv6.filter(({ dst }) => !String(dst).startsWith("fe80:")), rules4, rules6 };
  };
  const same = async () => {
    await bothUp(own, other);
    assert.deepEqual(await show(own), await show(other));
  };
  /** Waits until the kernel reports both links as operational, which is some moments after they are. */
  const bothUp = async (...all: readonly string[]) => {
    const states = async (netns: string) =>
      (JSON.parse(await inside(netns, "ip", "-j", "link")) as { flags: string[]; operstate: string }[])
        .filter(({ flags }) => flags.includes("LOWER_UP") && !flags.includes("LOOPBACK"))
        .map(({ operstate }) => operstate);
    await until(async () => (await Promise.all(all.map(states))).flat().every((state) => state === "UP"));
  };

  test("a pair has the same two ends, and is up on the host's side", async () => {
    await same();
    const hosts = links.map(
      async (name) => JSON.parse(await mustRun("ip", ["-d", "-j", "link", "show", name])) as Record<string, unknown>[],
    );
    const [ours, theirs] = (await Promise.all(hosts)).map(([link]) => ({
      flags: link?.["flags"],
      mtu: link?.["mtu"],
      qdisc: link?.["qdisc"],
      group: link?.["group"],
      queues: link?.["num_tx_queues"],
    }));
    assert.deepEqual(ours, theirs);
    assert.ok((ours?.flags as string[]).includes("UP"));
  });

  /** The setting of the host's namespace that keeps IPv6 off a link. */
  const isWithoutIpv6 = (link: string) => readFileSync(`/proc/sys/net/ipv6/conf/${link}/disable_ipv6`, "utf8").trim();

  test("the host's end of a pair has no IPv6, by which the node would hear what the pod sends and answer past OVN", async () => {
    assert.equal(isWithoutIpv6(links[0]), "1");
    await run(["up net1"], { signal });
    await inside(other, "ip", "link", "set", "net1", "up");
    const addresses = (link: string) => mustRun("ip", ["addr", "show", "dev", link]);
    await until(async () => (await addresses(links[0])).includes("LOWER_UP"));
    assert.doesNotMatch(await addresses(links[0]), /inet6/);
  });

  test("a link of the host loses IPv6, gets what new links have, and may be gone", async () => {
    const [, name] = links;
    await worker.run([`host-no-ipv6 ${name}`], { signal });
    assert.equal(isWithoutIpv6(name), "1");
    await worker.run([`host-ipv6 ${name}`], { signal });
    assert.equal(isWithoutIpv6(name), isWithoutIpv6("default"));
    await worker.run(["host-no-ipv6 ovn-none", "host-ipv6 ovn-none"], { signal });
  });

  test("addresses, routes of every kind and rules are the same in both families", async () => {
    await run(
      [
        ...["up net1", "address net1 10.1.0.7/24", "address net1 10.1.0.8/24", "address net1 fd00:1::7/64"],
        ...["route-add 172.30.0.0/16 254 0 net1 10.1.0.254", "route-add 172.31.0.0/16 254 0 net1 -"],
        ...["route-add fd00:2::/64 254 0 net1 fd00:1::1", "route-add fd00:3::/64 254 0 net1 -"],
        ...["route-add 10.1.0.0/24 1000 0 net1 -", "route-add 0.0.0.0/0 1000 0 net1 10.1.0.1"],
        ...["route-add ::/0 1000 0 net1 fd00:1::1", "rule 10.1.0.7 1000", "rule fd00:1::7 1000"],
        ...["route-replace 10.96.0.0/12 254 1024 net1 10.1.0.1", "route-replace fd00:96::/112 254 1024 net1 fd00:1::1"],
        ...[
          "route-add 0.0.0.0/0 254 0 net1 10.1.0.1 net1 10.1.0.2",
          "route-add ::/0 254 0 net1 fd00:1::1 net1 fd00:1::2",
        ],
      ],
      { signal },
    );
    await batch(other, [
      ...["link set dev net1 up", "addr add 10.1.0.7/24 dev net1", "addr add 10.1.0.8/24 dev net1"],
      "addr add fd00:1::7/64 dev net1 nodad",
      ...["route add 172.30.0.0/16 via 10.1.0.254 dev net1", "route add 172.31.0.0/16 dev net1"],
      ...["route add fd00:2::/64 via fd00:1::1 dev net1", "route add fd00:3::/64 dev net1"],
      ...["route add 10.1.0.0/24 dev net1 table 1000", "route add default via 10.1.0.1 dev net1 table 1000"],
      ...["route add default via fd00:1::1 dev net1 table 1000", "rule add from 10.1.0.7 lookup 1000"],
      "route replace 10.96.0.0/12 via 10.1.0.1 dev net1 metric 1024",
      "route replace fd00:96::/112 via fd00:1::1 dev net1 metric 1024",
      "route add default nexthop via 10.1.0.1 dev net1 nexthop via 10.1.0.2 dev net1",
      "route add default nexthop via fd00:1::1 dev net1 nexthop via fd00:1::2 dev net1",
    ]);
    await inside(other, "ip", "-6", "rule", "add", "from", "fd00:1::7", "lookup", "1000");
    await same();
  });

  test("a rule goes by its address and table, and one that is not there is an error", async () => {
    const gone = ["rule-del 10.1.0.7/32 1000", "rule-del fd00:1::7/128 1000"];
    await run(["rule 10.1.0.7 1000", "rule 10.1.0.7 1001", "rule fd00:1::7 1000", ...gone], { signal });
    assert.match(await inside(own, "ip", "rule"), /10\.1\.0\.7 lookup 1001/);
    assert.doesNotMatch(await inside(own, "ip", "rule"), /lookup 1000/);
    assert.doesNotMatch(await inside(own, "ip", "-6", "rule"), /lookup 1000/);
    await assert.rejects(run(["rule-del 10.1.0.7/32 1000"], { signal }), { code: "CommandFailed" });
  });

  test("routes go with their gateways and metrics, those with several next hops as a whole", async () => {
    const gone = [
      "route-del 0.0.0.0/0 254 0 net1 10.1.0.1 net1 10.1.0.2",
      "route-del 0.0.0.0/0 254 100 net1 10.1.0.3",
      "route-del ::/0 254 1024 net1 fd00:1::1 net1 fd00:1::2",
    ];
    const up = ["up net1", "address net1 10.1.0.7/24", "address net1 fd00:1::7/64"];
    await run([...up, ...gone.map((line) => line.replace("del", "add")), ...gone], { signal });
    assert.equal(await inside(own, "ip", "route", "show", "default"), "");
    assert.equal(await inside(own, "ip", "-6", "route", "show", "default"), "");
  });

  test("an interface without IPv6 has no address at all when it comes up", async () => {
    await run(["no-ipv6 net1", "up net1"], { signal });
    assert.doesNotMatch(await inside(own, "ip", "addr", "show", "dev", "net1"), /inet/);
  });

  test("an interface that refuses router advertisements keeps its link-local address", async () => {
    await run(["no-ra net1", "up net1"], { signal });
    assert.equal(await inside(own, "cat", "/proc/sys/net/ipv6/conf/net1/accept_ra"), "0\n");
    await until(async () => (await inside(own, "ip", "addr", "show", "dev", "net1")).includes("inet6 fe80:"));
  });

  test("an interface has the same features with checksums complete", async () => {
    await run(["checksums net1"], { signal });
    await inside(other, "ethtool", "-K", "net1", "tx", "off");
    const features = async (netns: string) => (await inside(netns, "ethtool", "-k", "net1")).split("\n");
    const [ours, theirs] = await Promise.all([features(own), features(other)]);
    assert.deepEqual(ours, theirs);
    assert.ok(ours.includes("tx-checksumming: off"));
  });

  test("an alias stays with its link and is shown when it is a word; a link that is gone needs none", async () => {
    const alias = "ovn4nfv/01JD/c1/net1/net1/ovn4nfv";
    await worker.run([`alias ${links[0]} ${alias}`, "alias ovn-none a"], { signal });
    assert.match(await mustRun("ip", ["link", "show", links[0]]), new RegExp(`alias ${alias}`));
    await mustRun("ip", ["link", "set", links[1], "alias", "made by hand"]);
    const shown = await worker.run(["show"], { signal });
    const wordsOf = (name: string) => shown.find((line) => line.startsWith(`link ${name} `))?.split(" ") ?? [];
    const [first, second] = [wordsOf(links[0]), wordsOf(links[1])];
    assert.deepEqual([first[6], second[6], first.length, second.length], [alias, "-", 10, 10]);
    assert.ok(Number(first[5]) < Number(second[5]), "the newer link has the larger number");
    // The longest alias of cni/plumbing/host-end.ts, and one byte more.
    await worker.run([`alias ${links[0]} ${"a".repeat(254)}`], { signal });
    await assert.rejects(worker.run([`alias ${links[0]} ${"a".repeat(255)}`], { signal }), { code: "CommandFailed" });
  });

  test("a link of the host goes up and down, and is shown with its master, its carrier and the link below it", async () => {
    const [name] = links;
    const bridge = `ovn4nfb${id}`;
    const above = `ovn4nfm${id}`;
    const shown = async (link: string) => {
      const lines = await worker.run(["show"], { signal });
      const [, , , , state, , , ...rest] = lines.find((line) => line.startsWith(`link ${link} `))?.split(" ") ?? [];
      return [state, ...rest];
    };
    await mustRun("ip", ["link", "add", above, "link", name, "type", "macvlan"]);
    await inside(own, "ip", "link", "set", "net1", "up");
    try {
      assert.deepEqual(await shown(name), ["up", "carrier", "-", "-"], "the other end of a pair is not below it");
      assert.equal((await shown(above)).at(-1), name);
      await mustRun("ip", ["link", "add", bridge, "type", "bridge"]);
      await mustRun("ip", ["link", "del", above]);
      await mustRun("ip", ["link", "set", name, "master", bridge]);
      await worker.run([`host-down ${name}`], { signal });
      assert.deepEqual(await shown(name), ["down", "-", bridge, "-"]);
      await worker.run([`host-up ${name}`], { signal });
      await until(async () => (await shown(name))[1] === "carrier");
      await inside(own, "ip", "link", "set", "net1", "down");
      await until(async () => (await shown(name))[1] === "-");
      assert.equal((await shown(name))[0], "up");
      await assert.rejects(worker.run(["host-up ovn-none"], { signal }), { message: /No such device/ });
    } finally {
      for (const link of [above, bridge]) await mustRun("ip", ["link", "del", link]).catch(() => "");
    }
  });

  test("what it shows is what ip shows", async () => {
    await run(
      [
        "up net1",
        "address net1 10.1.0.7/24",
        "address net1 fd00:1::7/64",
        "route-add 0.0.0.0/0 254 0 net1 10.1.0.1 net1 10.1.0.2",
        "route-add 0.0.0.0/0 1000 0 net1 10.1.0.1",
        "rule 10.1.0.7 1000",
        "rule fd00:1::7 1000",
      ],
      { signal },
    );
    await inside(own, "ip", "route", "add", "unreachable", "10.99.0.0/16");
    const index = (await inside(own, "cat", "/proc/net/igmp")).match(/^(\d+)\s+net1/m)?.[1] ?? "";
    assert.deepEqual(
      (await run(["show"], { signal })).filter((line) => !/ lo | fe80:/.test(line)),
      [
        `link net1 0a:58:0a:01:00:07 1400 up ${index} - carrier - -`,
        "address net1 10.1.0.7/24",
        "address net1 fd00:1::7/64",
        "route 0.0.0.0/0 1000 0 net1 10.1.0.1",
        "route 0.0.0.0/0 254 0 net1 10.1.0.1 net1 10.1.0.2",
        "route 10.1.0.0/24 254 0 net1 -",
        "route fd00:1::/64 254 256 net1 -",
        "rule 10.1.0.7/32 1000",
        "rule fd00:1::7/128 1000",
      ],
    );
  });

  test("links are shown without routes and rules, which are as many as a pod likes", async () => {
    await run(["up net1", "address net1 10.1.0.7/24", "rule 10.1.0.7 1000"], { signal });
    const kinds = new Set((await run(["show links"], { signal })).map((line) => line.split(" ")[0]));
    assert.deepEqual([...kinds], ["link", "address"]);
  });

  for (const [line, why] of Object.entries({
    "route-add 10.9.0.0/16 254 0 net1 192.0.2.1": /Network is (unreachable|down)/,
    "route-add fd00::/64 254 0 net1 10.1.0.1": /no gateway for the destination/,
    "route-add 10.9.0.0/33 254 0 net1 -": /no destination/,
    "route-add 10.9.0.0/16 254 0 net9 -": /No such device/,
    "route-add 10.9.0.0/16 254 0 net1 - net1": /has no gateway/,
    "address net1 10.1.0.7/x": /no address/,
    "address net1 10.1.0/24": /no address/,
    "up a-name-that-is-too-long": /No such device/,
    "pair ovn4nfvx net2 0a:58:0a:01:00 1400": /no MAC/,
    "pair ovn4nfvx net2 0a:58:0a:01:00:07 9": /./,
    "ipv6 ../../../../../../../../../../etc/passwd-of-somebody-else-entirely": /./,
    "checksums net9": /No such device/,
  })) {
    test(`\`${line}\` is refused with the reason, and the pair of its batch is gone`, async () => {
      const batch = [`pair ovn4nfvu${id.slice(0, 6)} net8 0a:58:0a:01:00:08 1400`, line];
      await assert.rejects(run(batch, { signal }), { code: "CommandFailed", message: why });
      assert.doesNotMatch(await mustRun("ip", ["-br", "link"]), /ovn4nfv[ux]/);
    });
  }
});
