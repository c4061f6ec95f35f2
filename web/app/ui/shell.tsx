import { A, useLocation } from "@solidjs/router";
import Activity from "lucide-solid/icons/activity";
import Hash from "lucide-solid/icons/hash";
import InboxIcon from "lucide-solid/icons/inbox";
import LogOut from "lucide-solid/icons/log-out";
import Megaphone from "lucide-solid/icons/megaphone";
import { createEffect, For, type JSX, on, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { useInbox } from "../state/inbox.ts";
import { toProblem } from "../state/problem.ts";
import { useSignOut } from "../state/session.ts";
import { ConnectionBadge } from "./connection_badge.tsx";
import { Logo } from "./logo.tsx";
import { ErrorNotice } from "./notice.tsx";
import { ThemeToggle } from "./theme_toggle.tsx";

const PAGES = [
  { href: "/", label: "Inbox", icon: InboxIcon },
  { href: "/broadcast", label: "Broadcast", icon: Megaphone },
  { href: "/channels", label: "Channels", icon: Hash },
  { href: "/stats", label: "Stats", icon: Activity },
] as const;

/** What stands around every page of whoever is signed in. */
export function Shell(props: { readonly email: string; readonly children: JSX.Element }) {
  const inbox = useInbox();
  const location = useLocation();
  const signOut = useSignOut();
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
        <For each={PAGES}>
          {(page) => (
            <A href={page.href} end class="nav-link">
              <Dynamic component={page.icon} size={18} />
              {page.label}
            </A>
          )}
        </For>
      </nav>
      <section class="shell-account" aria-label="Account">
        <p class="account-name" title={props.email}>
          {props.email}
        </p>
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
