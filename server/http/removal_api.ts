import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { Remover } from "../publishing/remover.ts";
import { removeInput } from "../rules/removal.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { idParameter } from "./parameters.ts";

/** What the route that removes uses. */
export interface RemovalApiOptions {
  readonly remover: Remover;
  readonly onError: (error: unknown) => void;
}

/** `DELETE /api/notifications/:id`: takes back what was sent. */
export function createRemovalApi({ remover, onError }: RemovalApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.delete("/notifications/:id", async (c) => {
    const input = { ...c.req.query(), ...idParameter(c.req.param("id")) };
    try {
      requireSomebody(c.var.caller, "remove a notification");
      return c.json(await remover.remove(removeInput.parse(input), c.var));
    } catch (error) {
      return refuse(error, { action: "remove a notification", input });
    }
  });
  return api;
}
