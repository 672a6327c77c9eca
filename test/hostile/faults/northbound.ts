// The cluster of the Northbound database: members that die, and leaders that change.
import type { HostileLab } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { pick, seconds } from "../random.ts";

const lost = /^database session lost|^northbound database was lost/;

async function sessionLost(lab: HostileLab): Promise<string | undefined> {
  return (await lab.logSays("webhook", lost)) ?? lab.logSays("controller", lost);
}

const memberKilled = faultOf({
  name: "a member of NB is killed",
  choose: (lab, random) => ({ member: pick(lab.runningMembers(), random), timeMs: seconds(12, 25, random) }),
  run: async (lab, { member, timeMs }, signal) => {
    await member.process.kill();
    await lab.wait(timeMs, signal);
    await member.process.start();
    await lab.northbound.leader();
  },
  // Nobody has a session with a follower.
  told: async (lab) => (await sessionLost(lab)) ?? (await lab.doctorSays(/^northbound warning/)),
});

const leaderKilled = faultOf({
  name: "the leader of NB is killed",
  choose: (_, random) => seconds(8, 20, random),
  run: async (lab, timeMs, signal) => {
    const leader = await lab.northbound.leader();
    await leader.process.kill();
    await lab.wait(timeMs, signal);
    await leader.process.start();
    await lab.northbound.leader();
  },
  told: sessionLost,
});

const leaderChanges: Fault = {
  name: "the leader of NB hands over",
  run: async (lab, _random, signal) => {
    // A leader with which nobody has a session hands over without a trace. Then the next one does.
    for (let n = 0; n < 3 && (await sessionLost(lab)) === undefined; n += 1) {
      await lab.northbound.handOver();
      await lab.wait(3_000, signal);
    }
  },
  told: sessionLost,
};

const leaderStandsStill: Fault = faultOf({
  name: "the leader of NB stands still",
  choose: (_, random) => seconds(12, 20, random),
  run: async (lab, timeMs, signal) => {
    const leader = await lab.northbound.leader();
    leader.process.freeze();
    await lab.wait(timeMs, signal);
    leader.process.thaw();
    await lab.northbound.leader();
  },
  told: sessionLost,
});

export const northbound: readonly Fault[] = [memberKilled, leaderKilled, leaderChanges, leaderStandsStill];
