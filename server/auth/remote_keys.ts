import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet } from "jose";

/** How long the place of the keys is left alone after a failure, in ms: every open stream asks. */
const PAUSE = 1_000;
/** Seconds after which a caller may ask again. */
const RETRY_AFTER = 5;

/** The public keys of JSON web tokens cannot be fetched now. It says nothing of the token that was to be checked. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";
  /** Seconds after which another attempt may do. */
  readonly retryAfter = RETRY_AFTER;
}

/** Where keys are. */
export interface RemoteKeysOptions {
  readonly url: URL;
  /** Told of each attempt that failed; its cause says why. */
  readonly onUnavailable: (error: KeysUnavailableError) => void;
}

/**
 * Finds the public key of a token among those at a URL, which are cached.
 *
 * @throws {KeysUnavailableError} when they cannot be fetched, whatever the reason: no network, no time, no key set.
 */
export function createRemoteKeys({ url, onUnavailable }: RemoteKeysOptions): ReturnType<typeof createRemoteJWKSet> {
  let failure: KeysUnavailableError | undefined;
  let failedAt = 0;
  return createRemoteJWKSet(url, {
    [customFetch]: async (input, init) => {
      if (failure && performance.now() < failedAt + PAUSE) throw failure;
      try {
        return await fetchKeys(input, init);
      } catch (cause) {
        failure = new KeysUnavailableError(
          "Cannot check this token: the keys of its issuer cannot be fetched; try again later",
          {
            cause,
          },
        );
        failedAt = performance.now();
        onUnavailable(failure);
        throw failure;
      }
    },
  });
}

/** Fetches the keys as a whole, so that an answer that breaks off or is something else fails here. */
async function fetchKeys(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`The answer had status ${response.status}, not 200`);
  createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  return new Response(text);
}
