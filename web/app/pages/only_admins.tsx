import { A } from "@solidjs/router";
import Lock from "lucide-solid/icons/lock";
import { type Component, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { useUser } from "../state/session.ts";
import { EmptyNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";

/** Makes a page that only admins see; the hub refuses the others anyway, this says so calmly. */
export function onlyAdmins(title: string, page: Component): Component {
  return () => {
    const user = useUser();
    return (
      <Show when={user().role === "admin"} fallback={<OnlyAdmins title={title} />}>
        <Dynamic component={page} />
      </Show>
    );
  };
}

function OnlyAdmins(props: { readonly title: string }) {
  return (
    <Page title={props.title}>
      <EmptyNotice icon={<Lock size={24} />} title="Only admins see this page">
        <A href="/">Go to the inbox</A>
      </EmptyNotice>
    </Page>
  );
}
