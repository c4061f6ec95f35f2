import { createSignal } from "solid-js";
import type { Notification as Message } from "../../client/mod.ts";
import { plainText } from "./markdown.ts";

/** What the browser lets the page do: `default` means that it has not asked its user yet. */
export type BrowserPermission = NotificationPermission | "unsupported";

/** Notifications that the browser shows outside the page. */
export interface BrowserNotifications {
  permission(): BrowserPermission;
  /** Has the browser ask its user; only in answer to a click. */
  ask(): Promise<BrowserPermission>;
  /** Shows these, several as one, where the browser lets the page. */
  show(messages: readonly Message[]): void;
}

/** More at once than this are shown as one. */
const MOST = 3;

/** Creates {@linkcode BrowserNotifications}. */
export function createBrowserNotifications(): BrowserNotifications {
  const isThere = "Notification" in window;
  const [permission, setPermission] = createSignal<BrowserPermission>(
    isThere ? Notification.permission : "unsupported",
  );
  const pop = (title: string, options: NotificationOptions) => {
    try {
      const shown = new Notification(title, { icon: "/favicon.svg", ...options });
      shown.onclick = () => {
        window.focus();
        shown.close();
      };
    } catch {
      // Some browsers have them for service workers only, and say so by throwing.
      setPermission("unsupported");
    }
  };
  return {
    permission,
    ask: async () => {
      if (isThere) setPermission(await Notification.requestPermission());
      return permission();
    },
    show: (messages) => {
      if (permission() !== "granted") return;
      if (messages.length > MOST) return pop(`${messages.length} new notifications`, { tag: "belfry" });
      for (const message of messages) {
        const { id, title, channel } = message;
        // The same tag in another window of the page replaces it, so that each is shown once.
        pop(title ?? channel, { body: plainText(message), tag: `belfry-${id}` });
      }
    },
  };
}
