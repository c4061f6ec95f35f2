import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { limitKey } from "./address.ts";
import type { Caller } from "./caller.ts";
import { TooManyRequestsError } from "./limits.ts";

/** How many streams may be open at once, and opened per minute; 0: no limit. */
export interface StreamLimitOptions {
  readonly maxStreams: number;
  readonly perUser: number;
  readonly perToken: number;
  readonly perAddress: number;
  /** Opens per minute and address. */
  readonly openRate: number;
}

/** Whose stream it is. */
export interface StreamOwner {
  readonly caller: Caller;
  readonly address: string;
}

/** How long to wait where nobody knows when a place becomes free, in s. */
const RETRY_AFTER = 10;

/** How many streams one owner has open; shared by their leases. */
interface Place {
  readonly key: string;
  open: number;
}

/** Counts open streams in all, per user, per token and per address. */
export class StreamLimits {
  readonly #options: StreamLimitOptions;
  readonly #places = new Map<string, Place>();
  readonly #rate: RateLimiterMemory | null;
  readonly #forget = (place: Place) => void this.#places.delete(place.key);

  constructor(options: StreamLimitOptions) {
    this.#options = options;
    const { openRate } = options;
    this.#rate = openRate > 0 ? new RateLimiterMemory({ points: openRate, duration: 60 }) : null;
  }

  /** Takes a place, to be given back with the lease. @throws {TooManyRequestsError} when there is none. */
  async admit({ caller, address: from }: StreamOwner): Promise<StreamLease> {
    const address = limitKey(from);
    await this.#countOpen(address);
    const { maxStreams, perUser, perToken, perAddress } = this.#options;
    const places = [
      this.#place(maxStreams, "all", "the hub"),
      this.#place(perAddress, `address ${address}`, `the address ${address}`),
    ];
    if (caller.kind === "user") places.push(this.#place(perUser, `user ${caller.id}`, `user ${caller.id}`));
    if (caller.kind === "token") places.push(this.#place(perToken, `token ${caller.id}`, `token ${caller.name}`));
    // Only now: a refusal must leave nothing behind.
    for (const place of places) this.#places.set(place.key, place);
    return new StreamLease(places, this.#forget);
  }

  #place(limit: number, key: string, whose: string): Place {
    const place = this.#places.get(key) ?? { key, open: 0 };
    if (limit > 0 && place.open >= limit) {
      throw new TooManyRequestsError(
        `Cannot follow: ${whose} has ${place.open} streams open, the limit is ${limit}; close one, or try again later`,
        RETRY_AFTER,
      );
    }
    return place;
  }

  async #countOpen(address: string): Promise<void> {
    try {
      await this.#rate?.consume(address);
    } catch (refusal) {
      const { msBeforeNext } = refusal as RateLimiterRes;
      const seconds = Math.ceil(msBeforeNext / 1_000);
      throw new TooManyRequestsError(
        `Cannot follow: the address ${address} opened ${this.#options.openRate} streams within a minute; try again in ${seconds} s`,
        seconds,
      );
    }
  }
}

/** One stream's place, in all counts that it is part of. */
export class StreamLease {
  readonly #onEmpty: (place: Place) => void;
  #places: readonly Place[];

  constructor(places: readonly Place[], onEmpty: (place: Place) => void) {
    this.#places = places;
    this.#onEmpty = onEmpty;
    for (const place of places) place.open += 1;
  }

  /** Gives the place back, once. */
  release(): void {
    for (const place of this.#places) {
      place.open -= 1;
      if (place.open === 0) this.#onEmpty(place);
    }
    this.#places = [];
  }
}
