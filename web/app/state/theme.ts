import { createContext, createSignal, useContext } from "solid-js";

/** Every choice of theme, in the order in which the toggle offers them. */
export const THEMES = ["system", "light", "dark"] as const;
/** `system` follows the machine. */
export type Theme = (typeof THEMES)[number];

const STORED = "belfry.theme";

/** The theme of the page. */
export interface ThemeChoice {
  theme(): Theme;
  /** The one that {@linkcode ThemeChoice.toggle} would choose. */
  following(): Theme;
  toggle(): void;
}

/** Creates the choice of theme, shows it and remembers it in this browser. */
export function createTheme(root: HTMLElement = document.documentElement): ThemeChoice {
  const [theme, setTheme] = createSignal<Theme>(remembered());
  const show = (choice: Theme) => {
    if (choice === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = choice;
  };
  const following = () => THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? "system";
  show(theme());
  return {
    theme,
    following,
    toggle: () => {
      const choice = following();
      setTheme(choice);
      show(choice);
      remember(choice);
    },
  };
}

/** A browser may refuse storage (private windows, blocked cookies): then the machine's theme holds. */
function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(STORED)) ?? "system";
  } catch {
    return "system";
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** Carries the choice of theme. */
export const ThemeContext = createContext<ThemeChoice>();

/** The choice of theme. */
export function useTheme(): ThemeChoice {
  const theme = useContext(ThemeContext);
  if (!theme) throw new Error("Cannot use the theme: the view stands outside ThemeContext");
  return theme;
}
