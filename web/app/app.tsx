import { Navigate, Route, Router, type RouteSectionProps } from "@solidjs/router";
import { QueryClientProvider, useQueryClient } from "@tanstack/solid-query";
import { type JSX, Match, Show, Switch } from "solid-js";
import type { Hub } from "../client/mod.ts";
import { BroadcastPage } from "./pages/broadcast.tsx";
import { ChannelsPage } from "./pages/channels.tsx";
import { InboxPage } from "./pages/inbox.tsx";
import { NotFoundPage } from "./pages/not_found.tsx";
import { SetUpPage } from "./pages/set_up.tsx";
import { SignInPage } from "./pages/sign_in.tsx";
import { StatsPage } from "./pages/stats.tsx";
import { HubContext, useHub } from "./state/hub.ts";
import { createInbox, InboxContext } from "./state/inbox.ts";
import { toProblem } from "./state/problem.ts";
import { createQueries } from "./state/queries.ts";
import { endSession, useSession } from "./state/session.ts";
import { createTheme, ThemeContext } from "./state/theme.ts";
import { ErrorNotice, LoadingNotice } from "./ui/notice.tsx";
import { Shell } from "./ui/shell.tsx";

/** The page's composition root: the hub, the caches, and which page stands at which path. */
export function App(props: { readonly hub: Hub }) {
  const theme = createTheme();
  const queries = createQueries();
  const toInbox = () => <Navigate href="/" />;
  return (
    <HubContext.Provider value={props.hub}>
      <QueryClientProvider client={queries}>
        <ThemeContext.Provider value={theme}>
          <Router root={Gate}>
            <Route path="/" component={InboxPage} />
            <Route path="/broadcast" component={BroadcastPage} />
            <Route path="/channels" component={ChannelsPage} />
            <Route path="/stats" component={StatsPage} />
            <Route path={["/setup", "/sign-in"]} component={toInbox} />
            <Route path="*" component={NotFoundPage} />
          </Router>
        </ThemeContext.Provider>
      </QueryClientProvider>
    </HubContext.Provider>
  );
}

/** Lets in whoever is signed in; everyone else gets the page that signs in, at whatever path they came to. */
function Gate(props: RouteSectionProps) {
  const session = useSession();
  return (
    <Switch fallback={<LoadingNotice class="splash">Opening Belfry…</LoadingNotice>}>
      <Match when={session.data?.needsSetUp}>
        <SetUpPage />
      </Match>
      <Match when={session.data?.user?.id} keyed>
        <SignedIn email={session.data?.user?.email ?? ""}>{props.children}</SignedIn>
      </Match>
      <Match when={session.data}>
        <SignInPage />
      </Match>
      <Match when={session.error}>
        {(error) => (
          <ErrorNotice class="splash" onRetry={() => void session.refetch()}>
            {toProblem(error()).message}
          </ErrorNotice>
        )}
      </Match>
    </Switch>
  );
}

function SignedIn(props: { readonly email: string; readonly children?: JSX.Element }) {
  const client = useQueryClient();
  const inbox = createInbox(useHub(), { onSignedOut: () => endSession(client) });
  return (
    <InboxContext.Provider value={inbox}>
      <Shell email={props.email}>
        <Show when={props.children}>{props.children}</Show>
      </Shell>
    </InboxContext.Provider>
  );
}
