import Moon from "lucide-solid/icons/moon";
import Sun from "lucide-solid/icons/sun";
import SunMoon from "lucide-solid/icons/sun-moon";
import { Dynamic } from "solid-js/web";
import { useTheme } from "../state/theme.ts";

const ICONS = { system: SunMoon, light: Sun, dark: Moon } as const;
const NAMES = { system: "as on this device", light: "light", dark: "dark" } as const;

/** Goes through the themes: as on this device, light, dark. */
export function ThemeToggle() {
  const theme = useTheme();
  const label = () => `Theme: ${NAMES[theme.theme()]}. Switch to ${NAMES[theme.following()]}`;
  return (
    <button type="button" class="button icon-only" title={label()} aria-label={label()} onClick={() => theme.toggle()}>
      <Dynamic component={ICONS[theme.theme()]} size={18} />
    </button>
  );
}
