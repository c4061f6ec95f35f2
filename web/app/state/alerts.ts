import { createContext, useContext } from "solid-js";
import type { Notification, Preferences } from "../../client/mod.ts";
import type { BrowserNotifications } from "./browser_notifications.ts";
import type { Chime } from "./chime.ts";

/** What draws a person's attention to what arrives. */
export interface Alerts {
  readonly chime: Chime;
  readonly browser: BrowserNotifications;
  /** Takes what has just arrived, live. */
  raise(arrivals: readonly Notification[]): void;
}

/** What alerts need. */
export interface AlertOptions {
  readonly chime: Chime;
  readonly browser: BrowserNotifications;
  readonly userId: string;
  /** Undefined: not known yet. */
  readonly preferences: () => Preferences | undefined;
  /** Whether the user looks at the page now. */
  readonly isWatched: () => boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Shortest time between two sounds, in ms: a burst sounds once. */
const REST = 2_000;

/** Creates {@linkcode Alerts} as the user's preferences want them; who looks at the page needs no browser's notification. */
export function createAlerts({ chime, browser, userId, preferences, isWatched, now }: AlertOptions): Alerts {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return {
    chime,
    browser,
    raise: (arrivals) => {
      // Signals are for programs, and an admin may look at what is addressed to others.
      const mine = arrivals.filter(({ event, to }) => event === "notification" && (!to || to.includes(userId)));
      if (mine.length === 0) return;
      const { sound = false, browserNotifications = false } = preferences() ?? {};
      if (browserNotifications && !isWatched()) browser.show(mine);
      if (!sound || now() < quietUntil) return;
      quietUntil = now() + REST;
      chime.ring();
    },
  };
}

/** Carries the alerts of whoever is signed in. */
export const AlertsContext = createContext<Alerts>();

/** The alerts of whoever is signed in. */
export function useAlerts(): Alerts {
  const alerts = useContext(AlertsContext);
  if (!alerts) throw new Error("Cannot use the alerts: the view stands outside AlertsContext");
  return alerts;
}
