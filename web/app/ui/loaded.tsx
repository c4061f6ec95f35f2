import { type JSX, Show } from "solid-js";
import { toProblem } from "../state/problem.ts";
import { ErrorNotice, LoadingNotice } from "./notice.tsx";

/** What is read from the hub, and how to show it. */
export interface LoadedProps<Data> {
  readonly query: { readonly data: Data | undefined; readonly error: unknown; refetch(): unknown };
  /** Said while it is on its way. */
  readonly loading: string;
  readonly children: (data: () => Data) => JSX.Element;
}

/** Shows what was read from the hub, that it is on its way, or why it cannot be read. */
export function Loaded<Data extends object>(props: LoadedProps<Data>) {
  return (
    <>
      <Show when={props.query.error}>
        {(error) => <ErrorNotice onRetry={() => void props.query.refetch()}>{toProblem(error()).message}</ErrorNotice>}
      </Show>
      <Show when={!props.query.data && !props.query.error}>
        <LoadingNotice>{props.loading}</LoadingNotice>
      </Show>
      <Show when={props.query.data}>{(data) => props.children(data)}</Show>
    </>
  );
}
