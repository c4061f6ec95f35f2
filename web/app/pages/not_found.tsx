import { A } from "@solidjs/router";
import Compass from "lucide-solid/icons/compass";
import { EmptyNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";

/** Nothing stands at this path. */
export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyNotice icon={<Compass size={24} />} title="There is no such page">
        <A href="/">Go to the inbox</A>
      </EmptyNotice>
    </Page>
  );
}
