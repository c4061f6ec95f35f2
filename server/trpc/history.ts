import type { Archive } from "../reading/archive.ts";
import {
  getInput,
  type HistoryPage,
  historyFilter,
  type LatestPage,
  latestInput,
  listInput,
} from "../rules/history.ts";
import type { Notification } from "../rules/notification.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of the history use. */
export interface HistoryServices {
  readonly archive: Archive;
}

interface Row {
  readonly json: string;
}

const parse = ({ json }: Row) => JSON.parse(json) as Notification;
const parsePage = <Ends extends object>({ rows, ...ends }: Ends & { readonly rows: readonly Row[] }) => ({
  items: rows.map(parse),
  ...ends,
});

/** The procedures of `notifications` that read what was published. */
export function createHistoryProcedures(t: Trpc, { archive }: HistoryServices) {
  return {
    /** One page of history, the newest first; with `text` what holds these words. */
    list: t.publicProcedure
      .input(listInput)
      .query(
        async ({ ctx, input, signal }): Promise<HistoryPage> =>
          parsePage(await archive.page(input, ctx.caller, signal)),
      ),

    /** How many there are of a filter. */
    count: t.publicProcedure
      .input(historyFilter)
      .query(async ({ ctx, input, signal }) => ({ count: await archive.count(input, ctx.caller, signal) })),

    /** The newest of each key of a channel: its latest state. */
    latest: t.publicProcedure
      .input(latestInput)
      .query(
        async ({ ctx, input, signal }): Promise<LatestPage> =>
          parsePage(await archive.latest(input, ctx.caller, signal)),
      ),

    /** One notification by id. */
    get: t.publicProcedure.input(getInput).query(({ ctx, input }) => parse(archive.get(input, ctx.caller))),
  };
}
