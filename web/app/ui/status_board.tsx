import { For, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { createBoard, progressOf, summaryOf } from "../state/board.ts";
import { Loaded } from "./loaded.tsx";
import { Message } from "./message.tsx";
import { NextPage } from "./next_page.tsx";
import { Section } from "./section.tsx";
import { SEVERITY_LABELS, SeverityIcon } from "./severity.tsx";
import { TimeAgo } from "./time_ago.tsx";

/** What a status board shows. */
export interface StatusBoardProps {
  readonly channel: string;
  /** Unix ms. */
  readonly now: number;
}

/** The latest state of each key of a channel. */
export function StatusBoard(props: StatusBoardProps) {
  const { pages, items } = createBoard(() => props.channel);
  return (
    <Section title="Status board" about="The newest notification of each key.">
      <Loaded query={pages} loading="Loading the board…">
        {() => (
          <>
            <ul class="list" aria-label="Status board, the newest first">
              <For each={items()} fallback={<li class="item quiet">No notification here has a key.</li>}>
                {(it) => <BoardItem item={it} now={props.now} />}
              </For>
            </ul>
            <NextPage pages={pages} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function BoardItem(props: { readonly item: Notification; readonly now: number }) {
  const it = () => props.item;
  const progress = () => progressOf(it().data);
  return (
    <li class="item" data-severity={it().severity}>
      <SeverityIcon severity={it().severity} size={16} />
      <div class="item-body">
        <h3>
          <code>{it().key}</code>
        </h3>
        <p class="board-summary">{summaryOf(it())}</p>
        <Show when={it().title && it().message}>
          <Message of={it()} />
        </Show>
        <Show when={progress() !== undefined}>
          <progress value={progress()} aria-label={`Progress of ${it().key}`}>
            {Math.round((progress() ?? 0) * 100)} %
          </progress>
        </Show>
      </div>
      <p class="item-end">
        <span class="row-severity">{SEVERITY_LABELS[it().severity]}</span>
        <TimeAgo timestamp={it().timestamp} now={props.now} />
      </p>
    </li>
  );
}
