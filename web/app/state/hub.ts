import { createContext, useContext } from "solid-js";
import type { Hub } from "../../client/mod.ts";

/** Carries the page's one hub. */
export const HubContext = createContext<Hub>();

/** The page's hub. */
export function useHub(): Hub {
  const hub = useContext(HubContext);
  if (!hub) throw new Error("Cannot use the hub: the view stands outside HubContext");
  return hub;
}
