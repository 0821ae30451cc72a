/** A Dockerfile as far as it can be told without running it. What makes no sense is left to the builder, which reads the file for itself. */
export interface Dockerfile {
  /** The parser directive `# syntax=`: the image of the frontend that is to read the file. */
  readonly syntax?: { readonly image: string; readonly line: number };
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** What follows, comments gone and continued lines joined; quotes stay. */
  readonly words: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
  /** The first line behind it with a here-document, `RUN <<EOF`. */
  readonly hasHeredoc: boolean;
}

export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const directives = readDirectives(lines);
  const escapeSign = directives.get('escape')?.value === '`' ? '`' : '\\';
  const syntax = directives.get('syntax');
  return {
    ...(syntax && { syntax: { image: syntax.value.split(/\s/)[0] ?? '', line: syntax.line } }),
    instructions: [...readInstructions(lines, escapeSign)],
  };
}

/** `# key=value` lines, before anything else. */
function readDirectives(lines: readonly string[]): ReadonlyMap<string, { readonly value: string; readonly line: number }> {
  const found = new Map<string, { value: string; line: number }>();
  for (const [index, line] of lines.entries()) {
    const [, key, value] = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (!key || !value || found.has(key.toLowerCase())) return found;
    found.set(key.toLowerCase(), { value, line: index + 1 });
  }
  return found;
}

function* readInstructions(lines: readonly string[], escapeSign: '`' | '\\'): Generator<Instruction> {
  const continued = escapeSign === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    let whole = '';
    for (; at < lines.length; at += 1) {
      const own = lines[at] ?? '';
      if (/^\s*#/.test(own)) {
        if (whole === '') break;
        continue; // comments between the lines of one instruction
      }
      if (whole !== '' && own.trim() === '') continue; // as do builders, which warn of it
      whole += `${own.replace(continued, '')} `;
      if (!continued.test(own)) break;
    }
    const [name, ...words] = splitWords(whole.trim(), escapeSign);
    if (name === undefined) continue;
    const heredocs = takesHeredocs(name, words) ? heredocsIn(words) : [];
    const end = endOf(heredocs, lines, at + 1);
    yield { name: name.toUpperCase(), words, line, hasHeredoc: end !== undefined };
    at = (end ?? at + 1) - 1;
  }
}

/** At spaces, but not at those between quotes. */
function splitWords(text: string, escapeSign: '`' | '\\'): string[] {
  const words = text.match(
    escapeSign === '`' ? /(?:`.|"[^"]*"?|'[^']*'?|[^\s"'`]|`$)+/g : /(?:\\.|"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s"'\\]|\\$)+/g,
  );
  return words ?? [];
}

const takesHeredocs = (name: string, words: readonly string[]): boolean =>
  /^(RUN|COPY|ADD)$/i.test(name) || (/^ONBUILD$/i.test(name) && /^(RUN|COPY|ADD)$/i.test(words[0] ?? ''));

/** `<<EOF`, `<<-EOF`, `3<<"EOF"`; not `<<<text`, and not the shift of `$((1 << 2))`. Source: BuildKit's parser of Dockerfiles. */
const heredocsIn = (words: readonly string[]): readonly { readonly name: string; readonly isIndented: boolean }[] =>
  words.flatMap((word) => {
    const [, dash, quoted] = /^\d*<<(-?)(["']?[A-Za-z_][\w.-]*["']?)$/.exec(word) ?? [];
    return quoted === undefined ? [] : [{ name: quoted.replaceAll(/["']/g, ''), isIndented: dash === '-' }];
  });

/** Where the text of all of them has ended; undefined when there are none, or one has no end: then it is none of ours. */
function endOf(
  heredocs: readonly { readonly name: string; readonly isIndented: boolean }[],
  lines: readonly string[],
  from: number,
): number | undefined {
  if (heredocs.length === 0) return undefined;
  let at = from;
  for (const { name, isIndented } of heredocs) {
    while (at < lines.length && (isIndented ? lines[at]?.replace(/^\t+/, '') : lines[at]) !== name) at += 1;
    if (at === lines.length) return undefined;
    at += 1;
  }
  return at;
}
