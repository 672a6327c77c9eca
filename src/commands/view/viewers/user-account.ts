import type { ServerResponse } from "node:http";
import type { CallOptions } from "#src/core/deadline.ts";
import { hasCode } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import type { ViewOmission } from "#src/view/contract/view-event.ts";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { defaultLiveLimits, LiveStream } from "#src/view/live/live-stream.ts";
import type { Account } from "#src/view/server/login/account.ts";
import { countedName } from "#src/view/server/login/counted-name.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";
import type { ViewAnswers } from "#src/view/server/page-viewer.ts";
import type { CommandContext } from "../../command.ts";
import { ActivityLog, allocationsAmong, allocationsOf } from "../activity/activity-log.ts";
import type { ClusterWatch, Sees } from "../cluster-watch.ts";
import { allItems } from "../items/all-items.ts";
import { batchMs, busyShare, LiveView } from "../live-view.ts";
import { viewAnswers } from "../view-answers.ts";
import { eventNamespaces } from "./event-namespaces.ts";
import { leftOut } from "./left-out.ts";
import { TokenLife } from "./token-life.ts";
import { reviewAccess } from "./access-review.ts";
import type { KnownUser } from "./token-review.ts";
import { UserClient } from "./user-client.ts";
import { UserRights } from "./user-rights.ts";

/** The parts that all accounts share. */
export interface AccountParts {
  readonly context: Pick<CommandContext<"view">, "config" | "clock" | "logger">;
  readonly client: ApiClient;
  /** The client that reads for viewers, once they may. */
  readonly reads: ApiClient;
  readonly watch: Pick<ClusterWatch, "facts">;
  readonly version: string;
  /** Takes place for a question about a namespace among those of all accounts. Returns the time to wait before it. */
  readonly paceMs: (nowMs: number) => number;
  /** The accounts that have a page open, or are opening one. */
  readonly watching: () => readonly Pick<UserAccount, "name" | "pages">[];
}

/** The pages that one name may have open, as `countedName` gives it, and the names that may have pages open. */
const mostPages = 4;
const mostWatching = 16;
/** All is known after this many rounds of questions: for whole kinds, for pods of namespaces, and for what else is in them. */
const mostRounds = 3;
/** Rights are asked for anew when this part of their time is over. */
const renewShare = 2 / 3;

/** A user who has logged in by a token. He is told what he may list himself, and nothing that is derived from anything else. */
export class UserAccount implements Account {
  readonly name: string;
  readonly answers: ViewAnswers;
  readonly live: Account["live"];
  readonly #parts: AccountParts;
  readonly #life: TokenLife;
  readonly #rights: UserRights;
  readonly #log: ActivityLog;
  readonly #view: LiveView;
  readonly #stream: LiveStream;
  #hasEnded = false;
  #endTokenTimer: (() => void) | undefined;
  #endRightsTimer: (() => void) | undefined;
  #endOld: (() => void) | undefined;
  #omitted = "";
  #opening = 0;
  /** The objects that were made last, with the end of the time for which they answer questions. */
  #made: { readonly items: readonly ViewItem[]; readonly untilMs: number } | undefined;

  /** `isKnown` asks the API server whether the token is still good. It was good just now. */
  constructor(user: KnownUser, isKnown: (call: CallOptions) => Promise<boolean>, parts: AccountParts) {
    const { context, client } = parts;
    const { config, clock, logger } = context;
    this.name = user.username;
    this.#parts = parts;
    const { pageRightsMs: ageMs, timeoutMs } = config;
    const ended = () => {
      this.close();
    };
    this.#life = new TokenLife({ isKnown, ageMs, timeoutMs, ended, clock });
    this.#rights = new UserRights({
      review: (right, call) => reviewAccess(client, user, right, call),
      ageMs,
      timeoutMs,
      paceMs: parts.paceMs,
      changed: () => {
        this.#tellAnew();
      },
      clock,
      logger,
    });
    this.#log = new ActivityLog(clock.now());
    this.#view = new LiveView({
      about: () => ({
        source: "cluster",
        sees: "what you may read",
        user: this.name,
        version: parts.version,
        omitted: this.#leftOut(),
      }),
      items: () => this.#items(),
      clock,
      changed: (change) => {
        this.#stream.send("change", change);
      },
      stateChanged: (state) => {
        this.#stream.send("state", state);
      },
      sharers: () => Math.max(1, parts.watching().length),
    });
    this.#stream = new LiveStream(this.#view, clock, { ...defaultLiveLimits, maxPages: mostPages });
    this.live = this.#openLive();
    this.answers = this.#ownAnswers(new UserClient(parts.reads, user.username, this.#rights));
  }

  /** The pages that are open, or being opened. */
  get pages(): number {
    return this.#stream.size + this.#opening;
  }

  get isWatching(): boolean {
    return this.#stream.size > 0;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  isGood(signal: AbortSignal): Promise<boolean> {
    return this.#life.isGood({ signal });
  }

  /** Says that an object changed. */
  touch(): void {
    if (this.isWatching) this.#view.touch();
    else this.#view.forget();
  }

  /** Says whether the cluster is followed: undefined, or the reason why not. */
  follows(lost: string | undefined): void {
    this.#view.follows("cluster", lost);
  }

  close(): void {
    this.#hasEnded = true;
    this.#endTokenTimer?.();
    this.#endRightsTimer?.();
    this.#endOld?.();
    this.#view.close();
    this.#view.forget();
    this.#made = undefined;
    this.#stream.close();
    this.#rights.close();
  }

  #openLive(): Account["live"] {
    const isFull = (): boolean => {
      const own = countedName(this.name);
      const pagesOf = new Map<string, number>();
      for (const { name, pages } of this.#parts.watching()) {
        const counted = countedName(name);
        pagesOf.set(counted, (pagesOf.get(counted) ?? 0) + pages);
      }
      const isNew = !pagesOf.has(own);
      return (pagesOf.get(own) ?? 0) >= mostPages || (isNew && pagesOf.size >= mostWatching) || this.#hasEnded;
    };
    return {
      get isFull() {
        return isFull();
      },
      open: async (response: ServerResponse, signal: AbortSignal) => {
        this.#opening += 1;
        try {
          this.#made = undefined;
          if (!this.isWatching) this.#rights.beginRound();
          await this.#prepare(signal);
        } finally {
          this.#opening -= 1;
        }
        if (response.destroyed || isFull()) {
          response.destroy();
          return;
        }
        this.#view.refresh();
        this.#omitted = JSON.stringify(this.#leftOut());
        this.#stream.open(response);
        this.#askTokenLater();
        this.#askRightsLater();
      },
    };
  }

  /** Asks about namespaces only where the right in all of them is known to be missing, and in each about its pods first. */
  readonly #sees: Sees = (resource, namespace) => {
    const may = (one: Resource, where: string | undefined) =>
      this.#rights.may({ verb: "list", resource: one, namespace: where });
    if (namespace === undefined) return may(resource, undefined);
    if (!this.#rights.isKnown({ verb: "list", resource })) return may(resource, undefined);
    const isOpen = resource === resources.pods || may(resources.pods, undefined) || may(resources.pods, namespace);
    return isOpen && may(resource, namespace);
  };

  /** Many questions at once share what is made for them, so that they take no more time than a page. */
  #recentItems(): readonly ViewItem[] {
    const nowMs = this.#parts.context.clock.monotonicMs();
    return this.#made !== undefined && nowMs < this.#made.untilMs ? this.#made.items : this.#items();
  }

  #items(): readonly ViewItem[] {
    const { watch, context } = this.#parts;
    const { clock } = context;
    const beginMs = clock.monotonicMs();
    const facts = { nb: undefined, clusterUid: undefined, cluster: watch.facts(this.#sees) };
    const items = allItems(facts, context.config.namespace);
    // A right that is not known yet must not look like a release.
    if (!this.#rights.isPending) {
      this.#log.observe(allocationsOf(items), clock.now(), (gone) => allocationsAmong(gone, watch.facts().pods ?? []));
    }
    const nowMs = clock.monotonicMs();
    this.#made = { items, untilMs: nowMs + Math.max(batchMs, (nowMs - beginMs) / busyShare) };
    this.#endOldLater();
    return items;
  }

  /** Takes from the page what follows from a right as soon as that is too old. */
  #endOldLater(): void {
    const { clock } = this.#parts.context;
    const { goodUntilMs } = this.#rights;
    this.#endOld?.();
    if (goodUntilMs === undefined || this.#hasEnded) return;
    this.#endOld = clock.after(goodUntilMs - clock.monotonicMs(), () => {
      this.#made = undefined;
      if (this.isWatching) this.#view.refresh();
    });
  }

  /** Lets the rights be known that matter for what there is now. The page is told later of answers that do not come in time. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { clock, config } = this.#parts.context;
    const deadlineMs = clock.monotonicMs() + config.timeoutMs;
    try {
      for (let round = 0; round < mostRounds; round += 1) {
        this.#recentItems();
        if (!this.#rights.isPending) return;
        await this.#rights.settle({ signal, deadlineMs });
      }
    } catch (caught) {
      if (!hasCode(caught, "DeadlineExceeded")) throw caught;
    }
  }

  #ownAnswers(client: UserClient): ViewAnswers {
    const { context } = this.#parts;
    const get = (key: string): ViewItem | undefined => {
      const found = this.#recentItems().find((item) => item.key === key);
      if (found === undefined && this.#rights.isPending) throw new PageFaultError("NoAnswer");
      return found;
    };
    const sources = { nb: undefined, client, clusterUid: undefined };
    const eventNamespaces = (call: CallOptions) => this.#eventNamespaces(call);
    const inner = viewAnswers({ context, sources, view: { get }, log: this.#log, eventNamespaces });
    return {
      network: (...question) => inner.network(...question),
      trace: (...question) => inner.trace(...question),
      pod: async (namespace, name, signal) => {
        await this.#prepare(signal);
        return inner.pod(namespace, name, signal);
      },
      activity: async (signal) => {
        await this.#prepare(signal);
        return inner.activity(signal);
      },
    };
  }

  async #eventNamespaces(call: CallOptions): Promise<readonly (string | undefined)[]> {
    const { namespace } = this.#parts.context.config;
    if (namespace !== undefined) return [namespace];
    return eventNamespaces({
      username: this.name,
      mayList: (one) => this.#rights.ask({ verb: "list", resource: resources.events, namespace: one }, call),
      items: () => this.#recentItems(),
    });
  }

  #leftOut(): readonly ViewOmission[] {
    return leftOut(this.#sees, this.#rights.isFull);
  }

  /** After new answers about rights: what is shown, and what is said to be missing. */
  #tellAnew(): void {
    this.#made = undefined;
    if (!this.isWatching) return;
    if (this.#rights.isPending) this.#view.touch();
    else this.#tellAll();
  }

  #tellAll(): void {
    this.#view.refresh();
    const omitted = JSON.stringify(this.#leftOut());
    if (omitted === this.#omitted || this.#rights.isPending) return;
    this.#omitted = omitted;
    this.#stream.sendWhole();
  }

  #askTokenLater(): void {
    this.#endTokenTimer ??= this.#parts.context.clock.after(this.#life.askAgainInMs, () => {
      this.#endTokenTimer = undefined;
      if (this.isWatching) void this.#askToken();
    });
  }

  /** Asks again for the token while a page is open, and waits for nothing else. */
  async #askToken(): Promise<void> {
    try {
      if (await this.#life.isGood({ deadlineMs: this.#life.goodUntilMs })) this.#askTokenLater();
    } catch {
      // Nobody says whether he may still see it. His pages connect again, and are told so.
      this.#stream.close();
    }
  }

  #askRightsLater(): void {
    const { clock, config } = this.#parts.context;
    this.#endRightsTimer ??= clock.after(config.pageRightsMs * renewShare, () => {
      this.#endRightsTimer = undefined;
      if (!this.isWatching) return;
      this.#rights.beginRound();
      this.#view.refresh();
      this.#leftOut();
      this.#rights.renew();
      this.#askRightsLater();
    });
  }
}
