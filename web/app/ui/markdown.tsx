import { createMemo, For, type JSX } from "solid-js";
import { type Block, type Inline, parseMarkdown } from "../state/markdown.ts";

/** A message that is Markdown: elements of our own choice, made of text that is never taken as HTML. */
export function Markdown(props: { readonly text: string }) {
  const blocks = createMemo(() => parseMarkdown(props.text));
  return (
    <div class="markdown">
      <Blocks of={blocks()} />
    </div>
  );
}

function Blocks(props: { readonly of: readonly Block[] }) {
  return <For each={props.of}>{toElement}</For>;
}

function Inlines(props: { readonly of: readonly Inline[] }) {
  return <For each={props.of}>{toInlineElement}</For>;
}

function toElement(block: Block): JSX.Element {
  switch (block.kind) {
    case "rule":
      return <hr />;
    case "code":
      return <pre>{block.text}</pre>;
    case "quote":
      return (
        <blockquote>
          <Blocks of={block.of} />
        </blockquote>
      );
    case "list":
      return <List start={block.start} items={block.items} />;
    // No heading: the page's own outline is not a publisher's.
    case "heading":
      return (
        <p>
          <strong>
            <Inlines of={block.of} />
          </strong>
        </p>
      );
    case "paragraph":
      return (
        <p>
          <Inlines of={block.of} />
        </p>
      );
  }
}

function List(props: { readonly start: number | null; readonly items: readonly (readonly Block[])[] }) {
  const items = (
    <For each={props.items}>
      {(item) => (
        <li>
          <Blocks of={item} />
        </li>
      )}
    </For>
  );
  return props.start === null ? <ul>{items}</ul> : <ol start={props.start}>{items}</ol>;
}

function toInlineElement(inline: Inline): JSX.Element {
  switch (inline.kind) {
    case "text":
      return inline.text;
    case "code":
      return <code>{inline.text}</code>;
    case "strong":
      return (
        <strong>
          <Inlines of={inline.of} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Inlines of={inline.of} />
        </em>
      );
    case "deleted":
      return (
        <del>
          <Inlines of={inline.of} />
        </del>
      );
    // The title says where it leads, whatever its text says.
    case "link":
      return (
        <a href={inline.url} title={inline.url} target="_blank" rel="noreferrer noopener">
          <Inlines of={inline.of} />
        </a>
      );
  }
}
