import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ChassisAnswers } from "#src/controllers/fail-over/chassis-answers.ts";
import { systemClock as clock } from "#src/core/clock.ts";
import { silentLogger as logger } from "#src/core/logger.ts";
import { nbGlobal } from "#src/ovn/nb-tables.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { northboundPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { until } from "#test/assertions/until.ts";

describe("ChassisAnswers", { skip: whyProgramsAreMissing([...northboundPrograms, "ovn-northd"]) }, () => {
  const owned = new AsyncDisposableStack();
  let central: OvnCentral;
  let answers: ChassisAnswers;
  let told = 0;
  before(async () => {
    central = owned.use(await OvnCentral.start({ folder: owned.use(createTemporaryFolder("answers")).path }));
    await central.sbctl(
      "create",
      "Chassis_Private",
      "name=n1",
      "--",
      "create",
      "Chassis_Private",
      "name=n2",
      "nb_cfg=7",
    );
    const stop = new AbortController();
    const listener = { changed: () => {}, synced: () => {}, lost: () => {} };
    const north = { endpoints: [central.nb], database: "OVN_Northbound", tables: [nbGlobal] };
    const nb = new DatabaseClient({ ...north, listener, clock, logger });
    nb.start(stop.signal);
    const onAnswer = (): void => {
      told += 1;
    };
    answers = new ChassisAnswers({ nb, sb: { endpoints: [central.sb] }, onAnswer, clock, logger });
    answers.start(stop.signal);
    owned.defer(async () => {
      stop.abort();
      await Promise.all([answers.close(), nb.close()]);
    });
  });
  after(() => owned.disposeAsync());

  const reach = (name: string, number: number) => central.sbctl("set", "Chassis_Private", name, `nb_cfg=${number}`);

  it("raises the number, and has an answer of a chassis when its row has that number or a higher one", async () => {
    assert.equal(answers.askedMs, undefined);
    await answers.ask({});
    assert.equal((await central.nbctl("get", "NB_Global", ".", "nb_cfg")).trim(), "1");
    assert.ok(answers.answeredMs("n2") !== undefined, "its number is higher, as after a restore of NB");
    assert.deepEqual([answers.answeredMs("n1"), answers.answeredMs("n3")], [undefined, undefined]);
    assert.deepEqual([await answers.hasAnswered("n1", {}), await answers.hasAnswered("n2", {})], [false, true]);
    const before = told;
    await reach("n1", 1);
    await until(() => answers.answeredMs("n1") !== undefined);
    assert.equal(told, before + 1);
    assert.equal(await answers.hasAnswered("n1", {}), true);
  });

  it("counts no answer to an earlier question", async () => {
    await answers.ask({});
    assert.equal(answers.answeredMs("n1"), undefined);
    assert.equal(await answers.hasAnswered("n1", {}), false);
    assert.equal(await answers.hasAnswered("n3", {}), false, "a chassis that has left has not answered");
  });
});
