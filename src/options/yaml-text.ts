import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text that is not YAML. */
export interface YamlMistake {
  readonly message: string;
  readonly position: Position;
}

/** The value that a text says, or the first mistake in it. YAML 1.2, with merge keys (`<<`), which AWS's own reader knows too. */
export function parseYaml(text: string): { readonly value: unknown } | { readonly mistake: YamlMistake } {
  const lines = new LineCounter();
  const document = read(text, lines);
  // A tag that nobody knows is only a warning to the parser; here it would pass for the bare value.
  const [first] = [...document.errors, ...document.warnings];
  if (first) return { mistake: { message: first.message, position: positionAt(first.pos[0], lines) } };
  try {
    return { value: document.toJS() };
  } catch (error) {
    // An alias without an anchor, or more aliases than any request has.
    return { mistake: { message: String((error as Error).message), position: { line: 1, column: 1 } } };
  }
}

/** Where the values at `paths` stand in a text of YAML or JSON; of a member, its name. As near as can be told. */
export function positionsOf(text: string, paths: readonly (readonly (string | number)[])[]): readonly Position[] {
  const lines = new LineCounter();
  const { contents } = read(text, lines);
  return paths.map((path) => positionAt(offsetOf(contents, path), lines));
}

function offsetOf(root: unknown, path: readonly (string | number)[]): number {
  let node = root;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      offset = startOf(pair?.key) ?? offset;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

const read = (text: string, lineCounter: LineCounter): Document =>
  parseDocument(text, { lineCounter, merge: true, prettyErrors: false }) as Document;

const startOf = (node: unknown): number | undefined => (node as { range?: readonly number[] } | undefined)?.range?.[0];

const positionAt = (offset: number, lines: LineCounter): Position => {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
};
