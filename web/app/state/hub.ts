import type { inferRouterOutputs } from "@trpc/server";
import { createContext, useContext } from "solid-js";
import type { AppRouter, Hub } from "../../client/mod.ts";

/** What each procedure answers. */
export type Answers = inferRouterOutputs<AppRouter>;

/** Carries the page's one hub. */
export const HubContext = createContext<Hub>();

/** The page's hub. */
export function useHub(): Hub {
  const hub = useContext(HubContext);
  if (!hub) throw new Error("Cannot use the hub: the view stands outside HubContext");
  return hub;
}
