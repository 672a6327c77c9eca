// Asks all ovn-controllers for a sign of life: the number in NB_Global.nb_cfg is raised, northd hands it on, and each chassis
// writes it into its row of the Southbound database when it has done what NB says.
import { column, mutate, type OvsdbInteger, select, selectedRows, table } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import type { SouthboundOptions } from "../chassis/southbound-chassis.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";

const northGlobal = table("NB_Global", { nb_cfg: column.integer() });
const chassisPrivate = table("Chassis_Private", { name: column.string(), nb_cfg: column.integer() });

export interface ChassisAnswersOptions {
  readonly nb: Pick<NbFeed, "waitForSession">;
  readonly sb: SouthboundOptions;
  /** Called when a chassis has answered. */
  readonly onAnswer: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Question {
  readonly number: OvsdbInteger;
  readonly atMs: number;
  /** The times of the answers, by the name of the chassis. */
  readonly answers: Map<string, number>;
}

export class ChassisAnswers {
  readonly #nb: ChassisAnswersOptions["nb"];
  readonly #clock: Clock;
  readonly #onAnswer: () => void;
  readonly #client: DatabaseClient;
  #question: Question | undefined;
  #isStarted = false;

  constructor({ nb, sb, onAnswer, clock, logger }: ChassisAnswersOptions) {
    this.#nb = nb;
    this.#clock = clock;
    this.#onAnswer = onAnswer;
    const changed = (): void => {
      this.#note();
    };
    const lost = (): void => {
      // An answer that comes while nobody looks is not missed: the question is put again.
      this.#question = undefined;
    };
    this.#client = new DatabaseClient({
      ...sb,
      database: "OVN_Southbound",
      tables: [chassisPrivate],
      listener: { changed, synced: changed, lost },
      clock,
      logger,
    });
  }

  /** Connects, at the first call. */
  start(signal: AbortSignal): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#client.start(signal);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Age of the last question; undefined when there is none, or when the answers are not seen. */
  get askedMs(): number | undefined {
    return this.#question && this.#clock.monotonicMs() - this.#question.atMs;
  }

  /** Time since the chassis has answered; undefined while it has not. */
  answeredMs(chassis: string): number | undefined {
    const atMs = this.#question?.answers.get(chassis);
    return atMs === undefined ? undefined : this.#clock.monotonicMs() - atMs;
  }

  /** Reads the row of the chassis anew: what is known of it may be old when the session has just died. */
  async hasAnswered(chassis: string, options: CallOptions): Promise<boolean> {
    const session = await this.#client.waitForSession(options);
    const results = await session.transact([select(chassisPrivate, [["name", "==", chassis]], ["nb_cfg"])], options);
    const reached = selectedRows(chassisPrivate, results[0])[0]?.row.nb_cfg;
    // Without a question nothing may be concluded.
    return this.#question === undefined || (reached !== undefined && reached >= this.#question.number);
  }

  /** Puts a new question. Throws `NotConnected` when one of the databases is away, and what a transaction throws. */
  async ask(options: CallOptions): Promise<void> {
    const south = await this.#client.waitForSession(options);
    const north = await this.#nb.waitForSession(options);
    const operations = [mutate(northGlobal, [], [["nb_cfg", "+=", 1]]), select(northGlobal, [], ["nb_cfg"])];
    const results = await north.transact(operations, options);
    const number = selectedRows(northGlobal, results.at(-1))[0]?.row.nb_cfg;
    // Answers are not seen when the session ended in the meantime.
    if (number === undefined || this.#client.session !== south) return;
    this.#question = { number, atMs: this.#clock.monotonicMs(), answers: new Map() };
    this.#note();
  }

  #note(): void {
    const question = this.#question;
    if (question === undefined) return;
    let isNew = false;
    for (const { name, nb_cfg: reached } of this.#client.rows(chassisPrivate).values()) {
      if (reached < question.number || question.answers.has(name)) continue;
      question.answers.set(name, this.#clock.monotonicMs());
      isNew = true;
    }
    if (isNew) this.#onAnswer();
  }
}
