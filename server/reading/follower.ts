import type { AccessBook } from "../auth/access_book.ts";
import type { Authenticator, Credentials } from "../auth/authenticate.ts";
import { type Caller, isAdmin, type Nobody } from "../auth/caller.ts";
import { AccessError, requireAdmin } from "../auth/guard.ts";
import { sightOf } from "../auth/sight.ts";
import type { StreamLease, StreamLimits } from "../auth/stream_limits.ts";
import type { Filter } from "../hub/filter.ts";
import { toFilter } from "../hub/follow.ts";
import type { Hub } from "../hub/hub.ts";
import { StreamKeeper, type Ticket, type Verdict } from "../hub/keeper.ts";
import type { Reader } from "../hub/reader.ts";
import type { FollowInput } from "../rules/follow.ts";
import type { PreferenceBook } from "./preference_book.ts";

/** Somebody who wants to follow the hub. */
export interface FollowRequest {
  readonly caller: Caller;
  /** With what the caller came, to be looked at again when rights change. */
  readonly credentials: Credentials;
  readonly address: string;
  readonly wishes: FollowInput;
}

/** What following needs. */
export interface FollowerOptions {
  readonly hub: Hub;
  readonly access: AccessBook;
  readonly preferences: PreferenceBook;
  readonly authenticator: Authenticator;
  readonly streamLimits: StreamLimits;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Who opened a stream, and when. */
export interface OpenedBy {
  /** Public channels need nobody. */
  readonly caller: Caller;
  /** Unix milliseconds. */
  readonly since: number;
}

interface FollowTicket extends Ticket, OpenedBy {
  readonly credentials: Credentials;
  readonly wishes: FollowInput;
}

/** Watches over somebody's right to administer, until disposed. */
export interface AdminWatch extends Disposable {
  /** Aborts when the right is taken away, or the credential's time is over. */
  readonly signal: AbortSignal;
}

/** How often it is looked whether an admin's credential has run out, in ms. */
const LOOK_EVERY = 500;

/** Failures to judge an admin in a row after which the watch is over. */
const MAX_FAILURES = 3;

/** Opens streams for those who may, and keeps them within their rights as long as they are open. */
export class Follower implements Disposable {
  readonly #options: FollowerOptions;
  readonly #keeper: StreamKeeper<FollowTicket>;
  readonly #subscriptions: readonly Disposable[];

  constructor(options: FollowerOptions) {
    const { now, onError, access, preferences } = options;
    this.#options = options;
    this.#keeper = new StreamKeeper({ judge: (ticket) => this.#judge(ticket), now, onError });
    this.#subscriptions = [
      access.onChange(() => this.#keeper.recheck()),
      preferences.onChange((user) => this.#keeper.recheck(user)),
    ];
  }

  /** Opens a stream. @throws {AccessError} {NotFoundError} {TooManyRequestsError} */
  async open({ caller, credentials, address, wishes }: FollowRequest): Promise<Reader> {
    const { hub, streamLimits, now } = this.#options;
    if (wishes.all) requireAdmin(caller, "follow what is addressed to others");
    const filter = this.#filter(caller, wishes, wishes.channels);
    const place = await streamLimits.admit({ caller, address });
    const lease = new WatchedLease(this.#keeper, place);
    const reader = hub.open({ filter, after: wishes.lastEventId ?? undefined, lease });
    lease.reader = reader;
    this.#keeper.watch(reader, { credentials, wishes, expiresAt: expiryOf(caller), caller, since: now() });
    return reader;
  }

  /** Every open stream with what is known of whoever opened it, the oldest first. */
  streams(): Iterable<readonly [Reader, OpenedBy]> {
    return this.#keeper;
  }

  /** What is known of whoever opened a stream; undefined: it is not open. */
  openedBy(reader: Reader): OpenedBy | undefined {
    return this.#keeper.ticketOf(reader);
  }

  /** Watches over an admin who follows what is for admins only. */
  watchAdmin(admin: Exclude<Caller, Nobody>, credentials: Credentials): AdminWatch {
    const { access, authenticator, now, onError } = this.#options;
    const over = new AbortController();
    let { expiresAt } = admin;
    let isAgain = false;
    let failures = 0;
    const judge = async () => {
      const { caller, isSure } = await authenticator.authenticateAgain(credentials, admin);
      failures = 0;
      isAgain = !isSure;
      expiresAt = expiryOf(caller);
      if (!isAdmin(caller) || expiresAt <= now()) over.abort();
    };
    const look = () =>
      void judge().catch((error: unknown) => {
        failures += 1;
        isAgain = true;
        if (failures === 1) onError(error);
        if (failures >= MAX_FAILURES) over.abort();
      });
    const subscription = access.onChange(look);
    const timer = setInterval(() => {
      if (isAgain || expiresAt <= now()) look();
    }, LOOK_EVERY).unref();
    return {
      signal: over.signal,
      [Symbol.dispose]: () => {
        clearInterval(timer);
        subscription[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#keeper[Symbol.dispose]();
  }

  /** What is left of the wishes that a ticket was given for. */
  async #judge({ credentials, wishes, caller: before }: FollowTicket): Promise<Verdict> {
    const { caller, isSure } = await this.#options.authenticator.authenticateAgain(credentials, before);
    const isRevoked = caller.kind === "nobody" && before.kind !== "nobody";
    const filter = isRevoked ? null : this.#leftOf(caller, wishes);
    return { filter, isFinal: isSure, expiresAt: expiryOf(caller) };
  }

  /** What is left of wishes; null: nothing. */
  #leftOf(caller: Caller, wishes: FollowInput): Filter | null {
    const { access } = this.#options;
    try {
      const wanted = wishes.channels?.filter((name) => access.may(caller, "read", name));
      if (wanted?.length === 0) return null;
      return this.#filter(caller, wishes, wanted);
    } catch (error) {
      if (error instanceof AccessError) return null;
      throw error;
    }
  }

  /** What a caller may see now of its wishes, in these channels. @throws {AccessError} {NotFoundError} */
  #filter(caller: Caller, wishes: FollowInput, wanted: readonly string[] | undefined): Filter {
    const { access, preferences } = this.#options;
    return toFilter(wishes, {
      ...sightOf(access, caller, { channels: wanted, all: wishes.all, action: "follow" }),
      preferences: wishes.preferences === false ? null : preferences.filterOf(caller),
    });
  }
}

/** When a caller's credential ends (unix ms); Infinity: not by itself. */
function expiryOf(caller: Caller): number {
  return caller.kind === "nobody" ? Number.POSITIVE_INFINITY : caller.expiresAt;
}

/** Gives the stream's place back, and tells the keeper, when the reader closes. */
class WatchedLease {
  readonly #keeper: StreamKeeper<FollowTicket>;
  readonly #place: StreamLease;
  reader: Reader | undefined;

  constructor(keeper: StreamKeeper<FollowTicket>, place: StreamLease) {
    this.#keeper = keeper;
    this.#place = place;
  }

  release(): void {
    this.#place.release();
    if (this.reader) this.#keeper.forget(this.reader);
  }
}
