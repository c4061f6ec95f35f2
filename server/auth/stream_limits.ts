import { limitKey } from "./address.ts";
import { type Caller, callerUser } from "./caller.ts";
import { PerMinute, TooManyRequestsError } from "./limits.ts";

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
  readonly #opened: PerMinute;
  readonly #forget = (place: Place) => void this.#places.delete(place.key);

  constructor(options: StreamLimitOptions) {
    this.#options = options;
    this.#opened = new PerMinute(options.openRate);
  }

  /** Takes a place, to be given back with the lease. @throws {TooManyRequestsError} when there is none. */
  async admit({ caller, address: from }: StreamOwner): Promise<StreamLease> {
    const address = limitKey(from);
    await this.#opened.count(address, `Cannot follow: the address ${address} opens streams too fast`);
    const { maxStreams, perUser, perToken, perAddress } = this.#options;
    const places = [
      this.#place(maxStreams, "all", "the hub"),
      this.#place(perAddress, `address ${address}`, `the address ${address}`),
    ];
    // With all tokens of the user's own: everybody can make them.
    const user = callerUser(caller);
    if (user !== null) places.push(this.#place(perUser, `user ${user}`, `user ${user}`));
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
