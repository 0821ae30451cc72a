import type { Sink } from './sink.ts';

/** Lets several have last lines of their own in one terminal, in the order in which they were made; each takes away its own alone. */
export function sharingLastLines(sink: Sink): () => Sink {
  const { showLast } = sink;
  if (!showLast) return () => sink;
  const shown = new Map<symbol, string | undefined>();
  return () => {
    const own = Symbol('lines');
    shown.set(own, undefined);
    return {
      write: (text) => sink.write(text),
      isTerminal: sink.isTerminal,
      get failure() {
        return sink.failure;
      },
      get width() {
        return sink.width;
      },
      showLast(lines) {
        if (shown.get(own) === lines) return;
        shown.set(own, lines);
        const all = [...shown.values()].filter((each) => each !== undefined && each !== '');
        showLast(all.length > 0 ? all.join('\n') : undefined);
      },
    };
  };
}
