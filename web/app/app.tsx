import { Navigate, Route, Router, type RouteSectionProps, useLocation } from "@solidjs/router";
import { QueryClientProvider, useQueryClient } from "@tanstack/solid-query";
import { type JSX, Match, Show, Switch } from "solid-js";
import type { Hub } from "../client/mod.ts";
import { AccountPage } from "./pages/account.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { BroadcastPage } from "./pages/broadcast.tsx";
import { ChannelPage } from "./pages/channel.tsx";
import { ChannelsPage } from "./pages/channels.tsx";
import { InboxPage } from "./pages/inbox.tsx";
import { NotFoundPage } from "./pages/not_found.tsx";
import { onlyAdmins } from "./pages/only_admins.tsx";
import { SetUpPage } from "./pages/set_up.tsx";
import { SignInPage } from "./pages/sign_in.tsx";
import { StatsPage } from "./pages/stats.tsx";
import { TypesPage } from "./pages/types.tsx";
import { UsersPage } from "./pages/users.tsx";
import { WelcomePage } from "./pages/welcome.tsx";
import { refreshStatus } from "./state/acknowledgements.ts";
import { AlertsContext, createAlerts } from "./state/alerts.ts";
import { createBrowserNotifications } from "./state/browser_notifications.ts";
import { createChime } from "./state/chime.ts";
import { HubContext, useHub } from "./state/hub.ts";
import { createInbox, InboxContext } from "./state/inbox.ts";
import { usePreferences } from "./state/preferences.ts";
import { toProblem } from "./state/problem.ts";
import { createQueries } from "./state/queries.ts";
import { endSession, type SessionUser, UserContext, useSession } from "./state/session.ts";
import { createTheme, ThemeContext } from "./state/theme.ts";
import { ErrorNotice, LoadingNotice } from "./ui/notice.tsx";
import { Shell } from "./ui/shell.tsx";

/** Where one-time links lead, whoever is signed in. */
const WELCOME = "/welcome";

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
            <Route path="/channels/:name" component={ChannelPage} />
            <Route path="/account" component={AccountPage} />
            <Route path="/types" component={onlyAdmins("Types", TypesPage)} />
            <Route path="/users" component={onlyAdmins("Users", UsersPage)} />
            <Route path="/audit" component={onlyAdmins("Audit", AuditPage)} />
            <Route path="/stats" component={onlyAdmins("Stats", StatsPage)} />
            <Route path={["/setup", "/sign-in", WELCOME]} component={toInbox} />
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
  const location = useLocation();
  const user = () => session.data?.user;
  return (
    <Switch fallback={<LoadingNotice class="splash">Opening Belfry…</LoadingNotice>}>
      <Match when={location.pathname === WELCOME}>
        <WelcomePage />
      </Match>
      <Match when={session.data?.needsSetUp}>
        <SetUpPage />
      </Match>
      <Match when={user()?.id} keyed>
        <Show when={user()}>{(it) => <SignedIn user={it()}>{props.children}</SignedIn>}</Show>
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

function SignedIn(props: { readonly user: SessionUser; readonly children?: JSX.Element }) {
  const client = useQueryClient();
  const preferences = usePreferences();
  const alerts = createAlerts({
    chime: createChime(),
    browser: createBrowserNotifications(),
    userId: props.user.id,
    preferences: () => preferences.data,
    isWatched: () => document.visibilityState === "visible" && document.hasFocus(),
    now: () => performance.now(),
  });
  const inbox = createInbox(useHub(), {
    onSignedOut: () => endSession(client),
    onAcknowledged: (id) => refreshStatus(client, id),
    onArrivals: alerts.raise,
  });
  return (
    <UserContext.Provider value={() => props.user}>
      <AlertsContext.Provider value={alerts}>
        <InboxContext.Provider value={inbox}>
          <Shell>
            <Show when={props.children}>{props.children}</Show>
          </Shell>
        </InboxContext.Provider>
      </AlertsContext.Provider>
    </UserContext.Provider>
  );
}
