import type { inferRouterInputs } from "@trpc/server";
import type { Registration } from "../../server/catalogue/type_desk.ts";
import type { AppRouter, Draft, Ephemeral, Notification, Severity } from "./items.ts";

export type { Registration };

/** `data` by the name of its type. An interface that `belfry types pull` writes is one. */
export type AnyEvents = Readonly<Record<string, unknown>>;

/**
 * A schema of a library that speaks Standard JSON Schema: zod from 4.2 on, and others. What it takes as its input is what
 * publishers send and subscribers get.
 */
export interface DataSchema<Input = unknown> {
  readonly "~standard": {
    readonly types?: { readonly input: Input } | undefined;
    readonly jsonSchema: { readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown> };
  };
}

/** A type with more than its data: what the hub fills in where a publisher leaves it out. */
export interface EventDefinition {
  readonly data: DataSchema;
  readonly description?: string;
  readonly severity?: Severity;
  readonly channel?: string;
  /** Template such as `Order {{data.code}}`. */
  readonly title?: string;
  readonly message?: string;
  /** Of `message`. */
  readonly format?: "text" | "markdown";
  /** Version of the schema. With it the hub publishes and listens to this version only; absent: to the newest, and to all. */
  readonly version?: number;
}

/** Types by name: a schema of their data, or that and more. */
export type EventDefinitions = Readonly<Record<string, DataSchema | EventDefinition>>;

type InputOf<S extends DataSchema> = NonNullable<S["~standard"]["types"]>["input"];

/** The data of defined types, by name. */
export type EventsOf<D extends EventDefinitions> = {
  readonly [N in keyof D]: D[N] extends DataSchema
    ? InputOf<D[N]>
    : D[N] extends { readonly data: infer S extends DataSchema }
      ? InputOf<S>
      : never;
};

/** What the hub is told of a type. */
type Registered = inferRouterInputs<AppRouter>["types"]["register"];

/** Types that {@linkcode defineEvents} has made, for `createHub({ events })`. */
export interface DefinedEvents<E extends object> {
  readonly types: ReadonlyMap<string, Registered>;
  /** Only a type. */
  readonly "~events"?: E;
}

/**
 * Defines types for `createHub({ events })`: what is published and received with them is typed, and `registerEvents()`
 * registers them with the hub.
 *
 * @throws {TypeError} when a schema has no JSON Schema, such as one of dates or functions.
 */
export function defineEvents<D extends EventDefinitions>(definitions: D): DefinedEvents<EventsOf<D>> {
  const types = Object.entries(definitions).map(([name, definition]) => {
    const { data, ...texts } = "~standard" in definition ? { data: definition } : definition;
    return [name, { name, ...texts, schema: toJsonSchema(name, data) }] as const;
  });
  return { types: new Map(types) };
}

function toJsonSchema(name: string, schema: DataSchema): Record<string, unknown> {
  try {
    return schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    throw new TypeError(`Cannot define event "${name}": ${(cause as Error).message}`, { cause });
  }
}

/** `data` of a type: what its schema says; of one that is not known: anything. */
type DataOf<E extends object, N> = N extends keyof E
  ? undefined extends E[N]
    ? { readonly data?: E[N] }
    : { readonly data: E[N] }
  : { readonly data?: unknown };

/** The type of what names a type, an event, or neither. */
type NameOf<T, V> = [T] extends [never] ? ([V] extends [never] ? "notification" : V) : T;

/** What a publisher sends, with the data of its type; T is the name of the type, V of the event. */
export type DraftOf<E extends object, T extends string, V extends string> = Omit<Draft, "data" | "event" | "type"> & {
  readonly type?: T | undefined;
  readonly event?: V | undefined;
} & DataOf<E, NameOf<T, V>>;

/** A notification of a type, with its data. Ephemeral ones have no id: see `isEphemeral`. */
export type EventOf<E extends object, N extends keyof E> = (
  | Omit<Notification, "data" | "type">
  | Omit<Ephemeral, "data" | "type">
) & {
  readonly type: N;
  readonly data: E[N];
};
