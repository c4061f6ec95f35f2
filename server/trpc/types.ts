import { actorOf } from "../auth/caller.ts";
import type { TypeDesk } from "../catalogue/type_desk.ts";
import { typeGetInput, typeInput, typeListInput } from "../rules/event_type.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `types` use. */
export interface TypeServices {
  readonly typeDesk: TypeDesk;
  readonly now: () => number;
}

/** `types.*`: the catalogue of typed events. */
export function createTypesRouter(t: Trpc, { typeDesk, now }: TypeServices) {
  return t.router({
    /** Makes a version of a type, or changes the texts of one; the same again changes nothing. */
    register: t.adminProcedure.input(typeInput).mutation(async ({ ctx, input }) => {
      const actor = actorOf(ctx);
      return await typeDesk.register(input, { actor, at: now() });
    }),

    /** One page of types, by name, each in its newest version. */
    list: t.memberProcedure.input(typeListInput).query(({ ctx, input }) => typeDesk.list(input, ctx.caller)),

    /** One type, in its newest version or in another. */
    get: t.memberProcedure.input(typeGetInput).query(({ ctx, input }) => typeDesk.get(input, ctx.caller)),
  });
}
