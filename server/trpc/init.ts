/** server/trpc/ is the TYPED API: one file per sub-router, and the transports. This file holds what all procedures share. */
import { initTRPC, TRPCError } from "@trpc/server";
import type { Credentials } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import { requireAdmin, requireSomebody } from "../auth/guard.ts";
import { type Attempt, invalidJson, toProblem } from "../http/errors.ts";
import type { Fault } from "../rules/explain.ts";

/** What every procedure knows of its call. */
export interface Context {
  readonly caller: Caller;
  /** With what the caller came: streams look at it again. */
  readonly credentials: Credentials;
  /** Where the call comes from. */
  readonly address: string;
  readonly userAgent: string;
  /** Sets a cookie on the answer; streams cannot. */
  readonly setCookie: (cookie: string) => void;
}

/** A client that has heard nothing for this many heartbeats takes the server for frozen and reconnects. */
const MISSED_HEARTBEATS = 2.5;

/** What tRPC's parts are made with. */
export interface TrpcOptions {
  /** Time between heartbeats, in ms. */
  readonly heartbeat: number;
  /** Told of errors that callers are not told of. */
  readonly onError: (error: unknown) => void;
  /** Who comes with these credentials now. */
  readonly authenticate: (credentials: Credentials) => Caller | Promise<Caller>;
}

/** Makes the builders that the sub-routers use. */
export function createTrpc({ heartbeat, onError, authenticate }: TrpcOptions) {
  const t = initTRPC.context<Context>().create({
    isDev: false,
    sse: {
      ping: { enabled: true, intervalMs: heartbeat },
      client: { reconnectAfterInactivityMs: heartbeat * MISSED_HEARTBEATS },
    },
    errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, ...reportOf(error) } }),
  });

  /** The refusal of what a procedure threw, by the one map; tRPC's own refusals stay as they are. */
  const refusalOf = (error: TRPCError, action: string, input: unknown): TRPCError => {
    const isOwn = error.code !== "INTERNAL_SERVER_ERROR" && error.code !== "BAD_REQUEST";
    const isSecret = action.startsWith("call session.");
    return isOwn || !error.cause ? error : toTrpcError(error.cause, { action, input, isSecret }, onError);
  };

  /** For anybody; what it may is the procedure's own matter. */
  const publicProcedure = t.procedure.use(async ({ next, path, getRawInput }) => {
    const input = await readInput(getRawInput, `call ${path}`, onError);
    const result = await next();
    if (result.ok) return result;
    throw refusalOf(result.error, `call ${path}`, input);
  });

  // One middleware that guards and reports: each costs tRPC several copies of its options.
  const guarded = (guard: typeof requireAdmin) =>
    t.procedure.use(async ({ ctx, next, path, type, getRawInput }) => {
      const action = `call ${path}`;
      const judge = async (who: () => Caller | Promise<Caller>) => {
        try {
          return guard(await who(), action);
        } catch (error) {
          throw toTrpcError(error, { action, input: undefined }, onError);
        }
      };
      let caller = await judge(() => ctx.caller);
      const input = await readInput(getRawInput, action, onError);
      // A body may take its time, and what its sender might do may have been taken away meanwhile.
      if (type === "mutation") caller = await judge(() => authenticate(ctx.credentials));
      const result = await next({ ctx: { caller } });
      if (result.ok) return result;
      throw refusalOf(result.error, action, input);
    });

  return {
    router: t.router,
    publicProcedure,
    /** For everybody with a valid credential. */
    memberProcedure: guarded(requireSomebody),
    adminProcedure: guarded(requireAdmin),
  };
}

/** A call's input as it came. @throws {TRPCError} when it cannot be read. */
async function readInput(
  getRawInput: () => Promise<unknown>,
  action: string,
  onError: (error: unknown) => void,
): Promise<unknown> {
  try {
    return await getRawInput();
  } catch (error) {
    const cause = error instanceof TRPCError ? error.cause : error;
    if (!cause) throw error;
    const told = cause instanceof SyntaxError ? invalidJson(action, cause) : cause;
    throw toTrpcError(told, { action, input: undefined }, onError);
  }
}

/** Whether an error has gone through {@linkcode toTrpcError}, so that what is ours to know of it is known. */
export function isReported({ cause }: TRPCError): boolean {
  return cause instanceof ReportedCause;
}

/** What callers are told of an error, by the one map; what is not meant for them goes to `onError`. */
export function toTrpcError(cause: unknown, attempt: Attempt, onError: (error: unknown) => void): TRPCError {
  const { code, message, issues, retryAfter, isInternal } = toProblem(cause, attempt);
  if (isInternal) onError(cause);
  return new TRPCError({ code, message, cause: new ReportedCause({ issues, retryAfter }) });
}

/** The builders that {@linkcode createTrpc} makes. */
export type Trpc = ReturnType<typeof createTrpc>;

/** What the shape of an error says beside tRPC's own fields. */
interface Report {
  readonly issues: readonly Fault[] | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

/** Carries a report to the error's shape, and nothing of the original error. */
class ReportedCause extends Error {
  readonly report: Report;

  constructor(report: Report) {
    super("reported");
    this.report = report;
  }
}

/** Seconds after which another attempt may do; undefined where the error says nothing of it. */
export function retryAfterOf(error: TRPCError): number | undefined {
  return reportOf(error).retryAfter;
}

function reportOf({ cause }: TRPCError): Report {
  return cause instanceof ReportedCause ? cause.report : { issues: undefined, retryAfter: undefined };
}
