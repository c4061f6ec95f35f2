import { Show } from "solid-js";
import { MoreButton } from "./more_button.tsx";

/** Which list goes on. */
export interface NextPageProps {
  readonly pages: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; fetchNextPage(): unknown };
}

/** The end of a list that is read page by page: loads the next one, while there is one. */
export function NextPage(props: NextPageProps) {
  return (
    <Show when={props.pages.hasNextPage}>
      <div class="list-end">
        <MoreButton
          label="Load more"
          isLoading={props.pages.isFetchingNextPage}
          onClick={() => void props.pages.fetchNextPage()}
        />
      </div>
    </Show>
  );
}
