import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/solid-query";
import { SEVERITIES } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";

/** A version of a type in the catalogue. */
export type EventType = Answers["types"]["get"];
/** What became of a registration. */
export type Registration = Answers["types"]["register"];

/** What the form that registers a type holds; empty: the type does not say. */
export interface TypeFields extends Record<string, string> {
  name: string;
  version: string;
  description: string;
  severity: string;
  channel: string;
  title: string;
  message: string;
  format: string;
  /** JSON Schema of the data. */
  schema: string;
}

const KEY = "types";
const PAGE = 100;

/** The catalogue, by name, each type in its newest version; further pages on request. */
export function createCatalogue() {
  const hub = useHub();
  const pages = useInfiniteQuery(() => ({
    queryKey: [KEY],
    queryFn: ({ pageParam }) => hub.trpc.types.list.query({ cursor: pageParam, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  }));
  return { pages, types: (): EventType[] => pages.data?.pages.flatMap(({ items }) => items) ?? [] };
}

/** One version of a type. */
export function useType(which: () => { readonly name: string; readonly version: number }) {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: [KEY, which().name, which().version],
    queryFn: (): Promise<EventType> => hub.trpc.types.get.query(which()),
  }));
}

/** A type as the form holds it; undefined: an empty form. */
export function toFields(type?: EventType): TypeFields {
  return {
    name: type?.name ?? "",
    version: type ? `${type.version}` : "",
    description: type?.description ?? "",
    severity: type?.severity ?? "",
    channel: type?.channel ?? "",
    title: type?.title ?? "",
    message: type?.message ?? "",
    format: type?.format ?? "",
    schema: type?.schema ? JSON.stringify(type.schema, null, 2) : "",
  };
}

/** Says what is wrong with each field before anything is sent. */
export function checkType({ name, schema }: TypeFields): Partial<TypeFields> {
  return {
    ...(!name.trim() && { name: "Give the type a name" }),
    ...checkSchema(schema),
  };
}

function checkSchema(text: string): Partial<TypeFields> {
  if (!text.trim()) return {};
  try {
    JSON.parse(text);
    return {};
  } catch (error) {
    return { schema: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Creates the form that makes a version of a type, or changes the texts of one. */
export function createTypeForm(type?: EventType): Form<TypeFields, Registration> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<TypeFields, Registration>({
    initial: toFields(type),
    check: checkType,
    submit: async (fields) => {
      const registration = await hub.trpc.types.register.mutate(toInput(fields));
      void client.invalidateQueries({ queryKey: [KEY] });
      return registration;
    },
    // A channel that is not there.
    fieldOf: ({ code }) => (code === "NOT_FOUND" ? "channel" : undefined),
  });
}

const FORMATS = ["text", "markdown"] as const;

function toInput(fields: TypeFields) {
  const { name, version, description, severity, channel, title, message, format, schema } = fields;
  return {
    name: name.trim(),
    ...(version && { version: Number(version) }),
    description: description.trim(),
    severity: SEVERITIES.find((one) => one === severity) ?? null,
    channel: channel || null,
    title: title.trim() || null,
    message: message.trim() || null,
    format: FORMATS.find((one) => one === format) ?? null,
    schema: schema.trim() ? (JSON.parse(schema) as unknown) : null,
  };
}
