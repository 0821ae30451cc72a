import xterm from '@xterm/headless';

/** What a person sees at one moment. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  /** Rows from the top to the last one that has anything, without blanks at their ends. */
  readonly rows: readonly string[];
  /** All that was ever printed and still stands, also what has left the screen at its top; a line that went on in the next row is one. */
  readonly text: string;
  /** The rows with how they look. */
  readonly spans: readonly (readonly Span[])[];
  /** The rows, with what has left the screen at its top before them. */
  readonly allSpans: readonly (readonly Span[])[];
  /** From 0, at the top left. */
  readonly cursor: { readonly row: number; readonly column: number };
  readonly isCursorHidden: boolean;
}

/** Neighbours that look alike. */
export interface Span extends Look {
  readonly text: string;
}

export interface Look {
  /** A number of the palette (1 is red) or `#rrggbb`; absent where it is the terminal's own. */
  readonly color?: number | string;
  readonly background?: number | string;
  readonly isBold?: true;
  readonly isDim?: true;
  readonly isUnderlined?: true;
  readonly isInverse?: true;
}

/** Interprets what is written to it as a terminal does. */
export class ScreenReader {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  #isCursorHidden = false;

  /** `reply`: takes what a terminal answers when it is asked, for the position of its cursor for example. */
  constructor(size: { readonly width: number; readonly height: number }, reply: (text: string) => void = () => {}) {
    this.#terminal = new xterm.Terminal({ cols: size.width, rows: size.height, scrollback: 100_000, allowProposedApi: true });
    this.#terminal.onData(reply);
    const hiding = (isHidden: boolean) => (parameters: readonly (number | number[])[]) => {
      if (parameters.includes(25)) this.#isCursorHidden = isHidden;
      return false; // the terminal itself goes on with it
    };
    this.#terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, hiding(true));
    this.#terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, hiding(false));
  }

  /** Resolves when it is to be seen. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  resize(width: number, height: number): void {
    this.#terminal.resize(width, height);
  }

  get screen(): Screen {
    const { cols, rows, buffer } = this.#terminal;
    const { active } = buffer;
    const texts = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
    const end = texts.findLastIndex((text) => text !== '') + 1;
    const looks = (y: number): readonly Span[] => spansOf(active.getLine(y));
    const isContinued = (y: number): boolean => active.getLine(y)?.isWrapped === true;
    const from = Math.min(active.baseY, end);
    return {
      width: cols,
      height: rows,
      rows: texts.slice(from, end),
      text: texts.slice(0, end).reduce((text, line, y) => text + (y === 0 || isContinued(y) ? '' : '\n') + line, ''),
      get spans() {
        return Array.from({ length: end - from }, (_, y) => looks(from + y));
      },
      get allSpans() {
        return Array.from({ length: end }, (_, y) => looks(y));
      },
      cursor: { row: active.cursorY, column: active.cursorX },
      isCursorHidden: this.#isCursorHidden,
    };
  }

  [Symbol.dispose](): void {
    this.#terminal.dispose();
  }
}

type Line = NonNullable<ReturnType<InstanceType<typeof xterm.Terminal>['buffer']['active']['getLine']>>;
type Cell = NonNullable<ReturnType<Line['getCell']>>;

function spansOf(line: Line | undefined): readonly Span[] {
  const spans: Span[] = [];
  const length = line?.translateToString(true).length ?? 0;
  for (let x = 0; x < length; x += 1) {
    const cell = line?.getCell(x);
    if (!cell || cell.getWidth() === 0) continue; // the second half of a wide character
    const look = lookOf(cell);
    const text = cell.getChars() || ' ';
    const last = spans.at(-1);
    if (last && isAlike(last, look)) spans[spans.length - 1] = { ...last, text: last.text + text };
    else spans.push({ text, ...look });
  }
  return spans;
}

function lookOf(cell: Cell): Look {
  return {
    ...(!cell.isFgDefault() && { color: colorOf(cell.isFgRGB(), cell.getFgColor()) }),
    ...(!cell.isBgDefault() && { background: colorOf(cell.isBgRGB(), cell.getBgColor()) }),
    ...(cell.isBold() && { isBold: true }),
    ...(cell.isDim() && { isDim: true }),
    ...(cell.isUnderline() && { isUnderlined: true }),
    ...(cell.isInverse() && { isInverse: true }),
  };
}

const colorOf = (isRgb: boolean, color: number): number | string => (isRgb ? `#${color.toString(16).padStart(6, '0')}` : color);

const isAlike = (a: Look, b: Look): boolean => traits.every((trait) => a[trait] === b[trait]);
const traits = ['color', 'background', 'isBold', 'isDim', 'isUnderlined', 'isInverse'] as const;
