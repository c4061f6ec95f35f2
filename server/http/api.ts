import { type Context, Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { Publisher } from "../publishing/publisher.ts";
import type { GivenSchema } from "../rules/draft.ts";
import { InputError } from "../rules/explain.ts";
import { type AcknowledgementsApiOptions, createAcknowledgementsApi } from "./acknowledgements_api.ts";
import type { HttpEnv } from "./app.ts";
import { type ConnectionsApiOptions, createConnectionsApi } from "./connections_api.ts";
import { answerJson, createRefusal, HttpError } from "./errors.ts";
import { createExportApi, type ExportApiOptions } from "./export_api.ts";
import { createHistoryApi, type HistoryApiOptions } from "./history_api.ts";
import { parseJson, readText } from "./json_body.ts";
import { type QueryForms, queryOf, readQuery } from "./parameters.ts";
import { createPreferencesApi, type PreferencesApiOptions } from "./preferences_api.ts";
import { createReadsApi, type ReadsApiOptions } from "./reads_api.ts";
import { createRemovalApi, type RemovalApiOptions } from "./removal_api.ts";
import { createScheduledApi, type ScheduledApiOptions } from "./scheduled_api.ts";
import { createStatsApi, type StatsApiOptions } from "./stats_api.ts";
import { createTypesApi, type TypesApiOptions } from "./types_api.ts";

/** What the REST routes use. */
export interface ApiOptions
  extends AcknowledgementsApiOptions,
    ConnectionsApiOptions,
    ExportApiOptions,
    HistoryApiOptions,
    PreferencesApiOptions,
    ReadsApiOptions,
    RemovalApiOptions,
    ScheduledApiOptions,
    StatsApiOptions,
    TypesApiOptions {
  readonly publisher: Publisher;
  readonly draftSchema: GivenSchema;
  readonly onError: (error: unknown) => void;
}

/** The fields of a draft that are not text in a query. */
const DRAFT_FORMS: QueryForms = {
  tags: "list",
  to: "list",
  duration: "number",
  typeVersion: "number",
  ephemeral: "boolean",
  deliverAt: "moment",
  expiresAt: "moment",
};
const STATUS = { stored: 201, ephemeral: 202, scheduled: 202, deduplicated: 200 } as const;

/** Makes the routes under `/api`. */
export function createApi(options: ApiOptions): Hono<HttpEnv> {
  const { publisher, draftSchema, onError } = options;
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.post("/notifications", async (c) => {
    let input: unknown;
    try {
      requireSomebody(c.get("caller"), "publish");
      input = withKey(await readDraft(c), c.req.header("idempotency-key"));
      const { outcome, json } = await publisher.publish(draftSchema.parse(input), {
        caller: c.get("caller"),
        address: c.get("address"),
      });
      return answerJson(json, STATUS[outcome]);
    } catch (error) {
      return refuse(error, { action: "publish", input });
    }
  });

  api.route("/", createAcknowledgementsApi(options));
  api.route("/", createHistoryApi(options));
  api.route("/", createExportApi(options));
  api.route("/", createPreferencesApi(options));
  api.route("/", createReadsApi(options));
  api.route("/", createTypesApi(options));
  api.route("/", createConnectionsApi(options));
  api.route("/", createScheduledApi(options));
  api.route("/", createRemovalApi(options));
  api.route("/", createStatsApi(options));
  return api;
}

/** What curl -d says of a body, whatever it is. */
const FORM = "application/x-www-form-urlencoded";
const LOOKS_LIKE_JSON = `Cannot publish: the body looks like JSON, but came as "${FORM}"; send the header "Content-Type: application/json", or text/plain if it is the message`;

/** A draft from a body: JSON, or text that is the message. The query fills fields that the body does not have. */
async function readDraft(c: Context<HttpEnv>): Promise<unknown> {
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const text = await readText(c);
  const fields = c.req.url.includes("?") ? readQuery(queryOf(c), { action: "publish", forms: DRAFT_FORMS }) : {};
  if (type === "application/json" || type.endsWith("+json")) return merge(fields, parseJson(text, "publish"));
  // curl -d sends the form type whatever the text is.
  if (type === "" || type.startsWith("text/") || type === FORM) {
    if (type === FORM && isJsonObject(text)) throw new HttpError("BAD_REQUEST", LOOKS_LIKE_JSON);
    return text === "" ? fields : { ...fields, message: text };
  }
  throw new HttpError(
    "UNSUPPORTED_MEDIA_TYPE",
    `Cannot publish: a body of type "${type}" is not understood; send application/json, or text/plain with the message`,
  );
}

function isJsonObject(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The key may stand in a header instead of a field: as it is, or in quotes, as a structured field is written. */
function withKey(input: unknown, header: string | undefined): unknown {
  if (header === undefined || typeof input !== "object" || input === null) return input;
  const fromHeader = /^"(.*)"$/.exec(header)?.[1] ?? header;
  const { idempotencyKey = fromHeader } = input as { readonly idempotencyKey?: unknown };
  if (idempotencyKey === fromHeader) return { ...input, idempotencyKey };
  const fault = `differs from the header Idempotency-Key (${JSON.stringify(fromHeader)})`;
  throw new InputError("publish", [{ path: "idempotencyKey", message: fault }]);
}

function merge(fields: Record<string, unknown>, body: unknown): unknown {
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  return isObject ? { ...fields, ...body } : body;
}
