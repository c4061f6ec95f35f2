import { openDatabase } from "../../db/database.ts";
import { createIndexedReader } from "../../db/search.ts";
import { Writer } from "../../db/writer.ts";
import { History } from "../../server/hub/history.ts";
import { completeDraft } from "../../server/rules/completion.ts";
import { createGivenSchema } from "../../server/rules/draft.ts";
import { listInput } from "../../server/rules/history.ts";
import { encodeDraft } from "../../server/rules/notification.ts";
import type { Sight } from "../../server/rules/sight.ts";
import { makeChannel } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

/** A log with a history over it that is always indexed, and the channels `a`, `b` and `c`. */
export async function openHistory() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(makeTempFolder());
  const writer = stack.use(await Writer.start(folder.path));
  const db = stack.use(openDatabase(folder.path, { readonly: true }));
  for (const name of ["a", "b", "c"]) await makeChannel(writer, name);
  const schema = createGivenSchema({ messageBytes: 16_384, dataBytes: 2_000_000 });
  const indexed = createIndexedReader(db);
  const index = {
    get through() {
      return indexed();
    },
    reach: async (id: number) => {
      while (indexed() < id) await writer.execute({ kind: "search.index", input: { limit: 1_000 } });
    },
  };
  const clock = { now: 0 };
  const history = new History({ db, index, now: () => clock.now });
  const everyone: Sight = { channels: null, user: null, seesTargeted: false };
  const encode = ({ at = 0, sender = "test", ...draft }: { readonly at?: number; readonly sender?: string }) =>
    encodeDraft(completeDraft(schema.parse({ channel: "a", ...draft })), { sender, createdAt: at });
  const parts = stack.move();
  return {
    folder,
    writer,
    db,
    history,
    /** A history that knows the index up to an id, and no further. */
    historyAt: (through: number) =>
      new History({ db, index: { through, reach: async () => undefined }, now: () => clock.now }),
    clock,
    /** Sees what is addressed to nobody, in every channel. */
    everyone,
    /** Stores drafts, published `at` by `sender`; answers with their ids. */
    store: (...drafts: object[]): Promise<number[]> =>
      Promise.all(drafts.map((draft) => writer.execute({ kind: "notification.append", input: encode(draft) }))),
    /** The ids of a page. */
    async ids(input: object = {}, sight: Sight = everyone): Promise<number[]> {
      const { rows } = await history.page(listInput.parse(input), sight);
      return rows.map(({ id }) => id);
    },
    /** Moves the head of the log on, as if everything between had been trimmed. */
    skipTo: (head: number): void => {
      using other = openDatabase(folder.path);
      other.sqlite.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'notifications'").run(head);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
