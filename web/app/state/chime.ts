import { onCleanup } from "solid-js";

/** A short sound, made by the browser itself. */
export interface Chime {
  /** Sounds, where the browser lets the page: after the user has touched it once. */
  ring(): void;
}

/** What a user does before a browser lets a page make sounds. */
const GESTURES = ["pointerdown", "keydown"] as const;
/** Two notes: their pitch in Hz, and when each begins, in s. */
const NOTES = [
  { pitch: 880, at: 0 },
  { pitch: 1_318.5, at: 0.12 },
] as const;
/** How long a note fades, in s, and how loud it is at the most. */
const FADE = 0.35;
const LOUDNESS = 0.12;

/** Creates a {@linkcode Chime} until its owner is disposed. */
export function createChime(makeContext: () => AudioContext = () => new AudioContext()): Chime {
  let context: AudioContext | undefined;
  // What is asked of a context that may not sound yet is said all at once later; so none is made before.
  const wake = () => {
    context ??= makeContext();
    void context.resume();
  };
  for (const gesture of GESTURES) window.addEventListener(gesture, wake, { once: true, passive: true });
  onCleanup(() => {
    for (const gesture of GESTURES) window.removeEventListener(gesture, wake);
    void context?.close();
  });
  return {
    ring: () => {
      if (context?.state !== "running") return;
      for (const note of NOTES) sound(context, note);
    },
  };
}

function sound(context: AudioContext, { pitch, at }: (typeof NOTES)[number]): void {
  const start = context.currentTime + at;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = pitch;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.000_1, start + FADE);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + FADE);
}
