import type { Bench } from "../bench.ts";
import { askAll, storedIn } from "../questions.ts";
import { channelOf, WORDS } from "../world.ts";

const LIMIT = 50;

const rest = (input: Readonly<Record<string, unknown>> = {}) =>
  `/api/notifications?${new URLSearchParams(Object.entries({ limit: LIMIT, ...input }).map(([name, value]): [string, string] => [name, String(value)]))}`;
const typed = (input: Readonly<Record<string, unknown>> = {}) =>
  `/trpc/notifications.list?input=${encodeURIComponent(JSON.stringify({ limit: LIMIT, ...input }))}`;

const few = [5, 40, 90, 140, 199].map(channelOf);
const rare = [channelOf(199)];

/** Pages of history of 1,000,000 notifications in 200 channels. */
export async function history(bench: Bench): Promise<void> {
  const middle = storedIn(bench) >> 1;
  const goal = 3;
  await askAll(bench, [
    { name: "newest page", path: rest(), goal },
    { name: "newest page, tRPC", path: typed(), goal },
    { name: "page in the middle", path: rest({ cursor: middle }), goal },
    { name: "the other way from the middle", path: rest({ cursor: middle, direction: "newer" }), goal },
    { name: "the busiest channel", path: rest({ channels: channelOf(0) }), goal },
    { name: "the quietest channel", path: rest({ channels: rare }), goal },
    { name: "5 channels", path: rest({ channels: few }), goal },
    { name: "a member with 150 channels", path: rest(), asMember: true, goal },
    { name: "a member, in the middle", path: rest({ cursor: middle }), asMember: true, goal },
    { name: "a member, unread only", path: rest({ read: false }), asMember: true, goal },
    { name: "a member, addressed to it", path: rest({ recipient: "user-0" }), asMember: true, goal },
    { name: "with everything addressed to others", path: rest({ all: true }), goal },
    { name: "latest of all 500 keys", path: `/api/notifications/latest?channel=${channelOf(0)}` },
    { name: "of a type that few have", path: rest({ types: "type-19" }), goal },
    { name: "of a type that none has", path: rest({ types: "type-20" }), goal },
    { name: "of a sender that none is", path: rest({ sender: "nobody" }), goal },
    { name: "a member, of a type that none has", path: rest({ types: "type-20" }), asMember: true, goal },
    { name: "count of a channel", path: `/api/notifications/count?channels=${channelOf(0)}` },
  ]);
}

/** Full-text search over 1,000,000 notifications in 200 channels. */
export async function search(bench: Bench): Promise<void> {
  const goal = 30;
  const quiet = few.slice(1);
  await askAll(bench, [
    { name: "a word that all have", path: rest({ text: WORDS.every }), goal },
    { name: "the first letters of it", path: rest({ text: "repo" }), goal },
    { name: "two letters that most have", path: rest({ text: "or" }), goal },
    { name: "a word that few have", path: rest({ text: WORDS.rare }), goal },
    { name: "a word that none has", path: rest({ text: WORDS.none }), goal },
    { name: "three words", path: rest({ text: `${WORDS.every} bade lo` }), goal },
    { name: "words in quotes", path: rest({ text: `"${WORDS.every} bade"` }), goal },
    { name: "a word that all have, quietest channel", path: rest({ text: WORDS.every, channels: rare }), goal },
    { name: "a word that all have, 4 quiet channels", path: rest({ text: WORDS.every, channels: quiet }), goal },
    { name: "first letters, quietest channel", path: rest({ text: "repo", channels: rare }), goal },
    { name: "a word that few have, quietest channel", path: rest({ text: WORDS.rare, channels: rare }), goal },
    { name: "member: a word that all have", path: rest({ text: WORDS.every }), asMember: true, goal },
    { name: "member: first letters of it", path: rest({ text: "repo" }), asMember: true, goal },
    { name: "member: a word that few have", path: rest({ text: WORDS.rare }), asMember: true, goal },
    {
      name: "member: a word that all have, unread only",
      path: rest({ text: WORDS.every, read: false }),
      asMember: true,
      goal,
    },
  ]);
}
