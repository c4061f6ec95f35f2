import { createEffect, type JSX } from "solid-js";
import { Logo } from "./logo.tsx";
import { ThemeToggle } from "./theme_toggle.tsx";

/** The frame of the pages before one is signed in. */
export function Welcome(props: {
  readonly title: string;
  readonly about?: JSX.Element;
  readonly children: JSX.Element;
}) {
  createEffect(() => {
    document.title = `${props.title} · Belfry`;
  });
  return (
    <div class="welcome">
      <div class="welcome-corner">
        <ThemeToggle />
      </div>
      <main class="welcome-card">
        <Logo size={44} />
        <h1>{props.title}</h1>
        <div class="welcome-about">{props.about}</div>
        {props.children}
      </main>
    </div>
  );
}
