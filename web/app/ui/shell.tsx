import { A, useLocation } from "@solidjs/router";
import Activity from "lucide-solid/icons/activity";
import CircleUser from "lucide-solid/icons/circle-user";
import Hash from "lucide-solid/icons/hash";
import InboxIcon from "lucide-solid/icons/inbox";
import LogOut from "lucide-solid/icons/log-out";
import Megaphone from "lucide-solid/icons/megaphone";
import ScrollText from "lucide-solid/icons/scroll-text";
import Shapes from "lucide-solid/icons/shapes";
import UsersIcon from "lucide-solid/icons/users";
import { createEffect, For, type JSX, on, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { formatUnread } from "../state/figures.ts";
import { useInbox } from "../state/inbox.ts";
import { toProblem } from "../state/problem.ts";
import { useSignOut, useUser } from "../state/session.ts";
import { userName } from "../state/users.ts";
import { ConnectionBadge } from "./connection_badge.tsx";
import { Logo } from "./logo.tsx";
import { ErrorNotice } from "./notice.tsx";
import { ThemeToggle } from "./theme_toggle.tsx";

const PAGES = [
  { href: "/", label: "Inbox", icon: InboxIcon, isForAdmins: false },
  { href: "/broadcast", label: "Broadcast", icon: Megaphone, isForAdmins: false },
  { href: "/channels", label: "Channels", icon: Hash, isForAdmins: false },
  { href: "/types", label: "Types", icon: Shapes, isForAdmins: true },
  { href: "/users", label: "Users", icon: UsersIcon, isForAdmins: true },
  { href: "/audit", label: "Audit", icon: ScrollText, isForAdmins: true },
  { href: "/stats", label: "Stats", icon: Activity, isForAdmins: true },
] as const;

/** What stands around every page of whoever is signed in. */
export function Shell(props: { readonly children: JSX.Element }) {
  const inbox = useInbox();
  const user = useUser();
  const location = useLocation();
  const signOut = useSignOut();
  const pages = () => PAGES.filter(({ isForAdmins }) => !isForAdmins || user().role === "admin");
  // Users whom another application sends may have no e-mail.
  const name = () => user().email ?? userName(user());
  let main!: HTMLElement;
  // Whoever cannot see that the page changed is led to its title.
  createEffect(
    on(
      () => location.pathname,
      () => main.querySelector("h1")?.focus(),
      { defer: true },
    ),
  );
  return (
    <div class="shell">
      <a class="skip" href="#content" target="_self">
        Skip to content
      </a>
      <header class="shell-head">
        <A href="/" class="brand" end>
          <Logo size={28} />
          Belfry
        </A>
        <ConnectionBadge state={inbox.connection()} />
      </header>
      <nav class="shell-nav" aria-label="Pages">
        <For each={pages()}>
          {(page) => (
            <A href={page.href} end class="nav-link">
              <Dynamic component={page.icon} size={18} />
              {page.label}
              <Show when={page.href === "/" && inbox.unread.total() > 0}>
                <span class="count">
                  {formatUnread(inbox.unread.total())}
                  <span class="visually-hidden"> unread</span>
                </span>
              </Show>
            </A>
          )}
        </For>
      </nav>
      <section class="shell-account" aria-label="Account">
        <A href="/account" end class="account-link" title={name()}>
          <CircleUser size={18} />
          <span class="visually-hidden">Account of </span>
          <span class="account-name">{name()}</span>
        </A>
        <ThemeToggle />
        <button type="button" class="button icon-only" title="Sign out" onClick={() => signOut.mutate()}>
          <LogOut size={18} />
          <span class="visually-hidden">Sign out</span>
        </button>
      </section>
      <main ref={main} id="content" class="shell-main" tabindex={-1}>
        <Show when={signOut.error}>{(error) => <ErrorNotice>{toProblem(error()).message}</ErrorNotice>}</Show>
        {props.children}
      </main>
    </div>
  );
}
