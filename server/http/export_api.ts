import { Hono } from "hono";
import type { Authenticator } from "../auth/authenticate.ts";
import { requireSomebody } from "../auth/guard.ts";
import { TooManyRequestsError } from "../auth/limits.ts";
import type { Archive } from "../reading/archive.ts";
import { type ExportInput, exportInput } from "../rules/history.ts";
import type { Notification } from "../rules/notification.ts";
import type { HttpEnv } from "./app.ts";
import { CSV_HEAD, toCsvLine } from "./csv.ts";
import { BARE_HEADERS, createRefusal, toProblem } from "./errors.ts";
import { FILTER_FORMS, namesChannel } from "./history_api.ts";
import { queryOf, readQuery } from "./parameters.ts";

/** What exporting uses. */
export interface ExportApiOptions {
  readonly archive: Archive;
  readonly authenticator: Authenticator;
  /** How long a client may take nothing, in ms. */
  readonly patience: number;
  readonly onError: (error: unknown) => void;
}

/** Most exports at once: each holds a page or two, some megabytes, for as long as its client takes. */
const MOST = 16;
/** Seconds after which one that was refused may be asked for again. */
const LATER = 10;

interface Format {
  readonly type: string;
  readonly head: string;
  /** A line of a notification's JSON. */
  readonly line: (json: string) => string;
}

const FORMATS: Readonly<Record<ExportInput["format"], Format>> = {
  jsonl: { type: "application/x-ndjson", head: "", line: (json) => `${json}\n` },
  csv: {
    type: "text/csv; charset=utf-8; header=present",
    head: CSV_HEAD,
    line: (json) => toCsvLine(JSON.parse(json) as Notification),
  },
};

/** `/api/notifications/export`: everything that matches, the oldest first, as long as the client takes it. */
export function createExportApi({ archive, authenticator, patience, onError }: ExportApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);
  let running = 0;

  api.get("/notifications/export", async (c) => {
    const action = "export notifications";
    const { credentials, address, caller } = c.var;
    let input: Record<string, unknown> = {};
    try {
      input = readQuery(queryOf(c), { action, forms: FILTER_FORMS });
      if (!namesChannel(input)) requireSomebody(caller, action);
      const { format, ...filter } = exportInput.parse(input);
      if (running >= MOST) {
        const message = `Cannot ${action}: ${MOST} exports are running already; try again in ${LATER} s`;
        throw new TooManyRequestsError(message, LATER);
      }
      // Rights that are taken away meanwhile end it.
      const who = () => authenticator.authenticate(credentials, address);
      const pages = archive.export(filter, who, c.req.raw.signal);
      // What is wrong shows with the first page, while the answer can still say so.
      const first = await pages.next();
      const { type, head, line } = FORMATS[format];
      const fail = (error: unknown) => {
        if (toProblem(error, { action, input }).isInternal) onError(error);
        // An end that is none must not look like one.
        c.env.outgoing.destroy();
      };
      const begin = () => {
        running += 1;
        return {
          [Symbol.dispose]: () => {
            running -= 1;
          },
        };
      };
      c.env.outgoing.setTimeout(patience);
      const body = toStream(encode(first, pages, { head, line, fail, begin }));
      const name = `notifications.${format}`;
      return c.body(body, 200, {
        ...BARE_HEADERS,
        "content-type": type,
        "content-disposition": `attachment; filename="${name}"`,
      });
    } catch (error) {
      return refuse(error, { action, input });
    }
  });
  return api;
}

type Page = readonly { readonly json: string }[];

/** What is only made when the client has taken what came before. */
function toStream(parts: AsyncGenerator<Uint8Array<ArrayBuffer>, void>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const { value, done } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await parts.return();
      },
    },
    { highWaterMark: 0 },
  );
}

interface Encoding extends Pick<Format, "head" | "line"> {
  /** Called where it cannot go on. */
  readonly fail: (error: unknown) => void;
  /** Called when it begins; what it gives is disposed at its end, whichever. */
  readonly begin: () => Disposable;
}

/** The bytes of an export, a page at a time. */
async function* encode(
  first: IteratorResult<Page, void>,
  pages: AsyncGenerator<Page, void>,
  { head, line, fail, begin }: Encoding,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using _ = begin();
  const encoder = new TextEncoder();
  try {
    if (head) yield encoder.encode(head);
    for (let next = first; !next.done; next = await pages.next()) {
      yield encoder.encode(next.value.map(({ json }) => line(json)).join(""));
    }
  } catch (error) {
    if ((error as Error).name !== "AbortError") fail(error);
  } finally {
    await pages.return();
  }
}
