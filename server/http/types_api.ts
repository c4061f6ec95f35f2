import { Hono } from "hono";
import { actorOf } from "../auth/caller.ts";
import { requireAdmin, requireSomebody } from "../auth/guard.ts";
import type { TypeDesk } from "../catalogue/type_desk.ts";
import { typeGetInput, typeInput, typeListInput } from "../rules/event_type.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal, JSON_HEADERS } from "./errors.ts";
import { readJson } from "./json_body.ts";
import { queryOf, readQuery, requireNoQuery } from "./parameters.ts";

/** What the routes of types use. */
export interface TypesApiOptions {
  readonly typeDesk: TypeDesk;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Makes the routes of the catalogue of types. */
export function createTypesApi({ typeDesk, now, onError }: TypesApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.post("/types", async (c) => {
    let input: unknown;
    try {
      requireAdmin(c.var.caller, "register a type");
      requireNoQuery(c, "register a type");
      input = await readJson(c, "register a type");
      const caller = requireAdmin(c.var.caller, "register a type");
      const actor = actorOf({ caller, address: c.var.address });
      const made = await typeDesk.register(typeInput.parse(input), { actor, at: now() });
      return c.json(made, made.change === "created" ? 201 : 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action: "register a type", input });
    }
  });

  api.get("/types", (c) => {
    const action = "list types";
    let input: unknown;
    try {
      requireSomebody(c.var.caller, action);
      input = readQuery(queryOf(c), { action, forms: { limit: "number" } });
      return c.json(typeDesk.list(typeListInput.parse(input), c.var.caller), 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  api.get("/types/:name", (c) => {
    const action = "get a type";
    let input: unknown;
    try {
      requireSomebody(c.var.caller, action);
      const path = { name: c.req.param("name") };
      input = readQuery(queryOf(c), { action, forms: { version: "number" }, path });
      return c.json(typeDesk.get(typeGetInput.parse(input), c.var.caller), 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  return api;
}
