import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { Remover } from "../publishing/remover.ts";
import { InputError } from "../rules/explain.ts";
import { removeInput } from "../rules/removal.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { readOptionalJson, withFields } from "./json_body.ts";
import { idParameter, queryOf, readQuery } from "./parameters.ts";

/** What the route that removes uses. */
export interface RemovalApiOptions {
  readonly remover: Remover;
  readonly onError: (error: unknown) => void;
}

const MISPLACED = { path: "reason", message: "belongs into the JSON body: logs and proxies see the URL" };

/** `DELETE /api/notifications/:id`: takes back what was sent. */
export function createRemovalApi({ remover, onError }: RemovalApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.delete("/notifications/:id", async (c) => {
    const action = "remove a notification";
    let input: unknown;
    try {
      requireSomebody(c.var.caller, action);
      const fields = readQuery(queryOf(c), { action, path: { id: idParameter(c.req.param("id")) } });
      if ("reason" in fields) throw new InputError(action, [MISPLACED]);
      input = withFields(await readOptionalJson(c, action), fields);
      return c.json(await remover.remove(removeInput.parse(input), c.var));
    } catch (error) {
      return refuse(error, { action, input });
    }
  });
  return api;
}
