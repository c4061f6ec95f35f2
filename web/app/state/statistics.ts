import { useQuery } from "@tanstack/solid-query";
import type { Statistics } from "../../client/mod.ts";
import { useHub } from "./hub.ts";

/** How often the numbers are read again while the page is visible, in ms. */
export const REFRESH = 3_000;

/** The numbers of the running hub. */
export function useStatistics() {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: ["statistics"],
    queryFn: (): Promise<Statistics> => hub.trpc.stats.current.query(),
    refetchInterval: REFRESH,
  }));
}
