import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";

/**
 * Hono's TrieRouter, which looks each route without parameters up once: what matches `POST /api/notifications` is always
 * the same. Hono's faster routers refuse a path such as `/notifications/count` beside `/notifications/:id`.
 */
export class StaticFirstRouter<Handler> implements Router<Handler> {
  readonly name = "StaticFirstRouter";
  readonly #inner = new TrieRouter<Handler>();
  readonly #paths = new Set<string>();
  /** By method and path. There is one for each route and method at most: other paths are not remembered. */
  readonly #known = new Map<string, Result<Handler>>();

  add(method: string, path: string, handler: Handler): void {
    this.#inner.add(method, path, handler);
    this.#known.clear();
    if (!/[:*{?]/.test(path)) this.#paths.add(path);
  }

  match(method: string, path: string): Result<Handler> {
    if (!this.#paths.has(path)) return this.#inner.match(method, path);
    const key = `${method} ${path}`;
    let found = this.#known.get(key);
    if (!found) {
      found = this.#inner.match(method, path);
      this.#known.set(key, found);
    }
    return found;
  }
}
