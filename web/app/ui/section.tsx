import { createUniqueId, type JSX, Show } from "solid-js";

/** What a section shows. */
export interface SectionProps {
  readonly title: string;
  readonly about?: JSX.Element;
  /** Buttons beside the title. */
  readonly actions?: JSX.Element;
  readonly children: JSX.Element;
}

/** A part of a page with a title of its own. */
export function Section(props: SectionProps) {
  const id = createUniqueId();
  return (
    <section class="section" aria-labelledby={id}>
      <header class="section-head">
        <h2 id={id}>{props.title}</h2>
        {props.actions}
        <Show when={props.about}>
          <p class="page-about">{props.about}</p>
        </Show>
      </header>
      {props.children}
    </section>
  );
}
