import type { HistoryPage, Notification } from "../../web/client/mod.ts";

/** What can be published here. */
export interface SoakDraft {
  readonly channel: string;
  readonly message: string;
  readonly ephemeral?: boolean;
}

/** The hub that is soaked, as plain HTTP sees it. */
export class Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(url: string, token: string) {
    this.url = url;
    this.headers = { authorization: `Bearer ${token}` };
  }

  /** Publishes over REST or tRPC; answers with the id, or null for what is not stored. @throws {Error} when refused. */
  async publish(draft: SoakDraft, way: "rest" | "trpc"): Promise<number | null> {
    const path = way === "rest" ? "/api/notifications" : "/trpc/notifications.publish";
    const answer = await this.#call(path, {
      method: "POST",
      headers: { ...this.headers, "content-type": "application/json" },
      body: JSON.stringify(draft),
    });
    const stored = way === "rest" ? answer : (answer as { result: { data: unknown } }).result.data;
    return (stored as Partial<Notification>).id ?? null;
  }

  /** Creates a channel. */
  async createChannel(name: string): Promise<void> {
    await this.#call("/trpc/channels.create", {
      method: "POST",
      headers: { ...this.headers, "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  }

  /** The result of a tRPC query without input. */
  async query<Result>(path: string): Promise<Result> {
    const answer = await this.#call(`/trpc/${path}`, { headers: this.headers });
    return (answer as { result: { data: Result } }).result.data;
  }

  /** Ids and channels of everything stored, the oldest first. */
  async history(): Promise<Pick<Notification, "id" | "channel">[]> {
    const all: Pick<Notification, "id" | "channel">[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path: string = `/api/notifications?limit=500${cursor && `&cursor=${cursor}`}`;
      const { items, next } = (await this.#call(path, { headers: this.headers })) as HistoryPage;
      all.push(...items.map(({ id, channel }) => ({ id, channel })));
      cursor = next;
    }
    return all.reverse();
  }

  async #call(path: string, init: RequestInit): Promise<unknown> {
    const response = await fetch(this.url + path, init);
    if (!response.ok) throw new Error(`Cannot call ${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  }
}
