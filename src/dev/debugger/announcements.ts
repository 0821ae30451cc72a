/** The debuggers that containers get, and where they listen inside. `debugger/` has the programs that start them. */
export const debuggers = {
  debugpy: { port: 5678, says: 'debugpy' },
  node: { port: 9229, says: 'the Node inspector' },
} as const;
export type DebuggerKind = keyof typeof debuggers;

/** What the programs that start a debugger say on standard error. */
export type Announcement =
  | { readonly what: 'listening'; readonly kind: DebuggerKind }
  /** There is none in the image, or it cannot listen. */
  | { readonly what: 'missing'; readonly why: string };

/** Finds announcements in the output of a container, however it is cut into pieces. */
export class Announcements {
  /** Of a line that may become one. */
  #rest = '';

  /** Those that end with these bytes. */
  in(bytes: Buffer): readonly Announcement[] {
    if (this.#rest === '' && !bytes.includes(prefix) && !mayEndWithPrefix(bytes)) return []; // as most output is, however much there is
    const lines = `${this.#rest}${bytes.toString('latin1')}`.split('\n');
    const rest = lines.pop() ?? '';
    this.#rest = rest.length > longestLine ? '' : rest;
    return lines.flatMap((line) => announcementIn(Buffer.from(line, 'latin1').toString()) ?? []);
  }
}

const prefix = 'sm-local: ';
const longestLine = 1000;

/** Whether a piece ends in the midst of a line that began with a part of the prefix. */
function mayEndWithPrefix(bytes: Buffer): boolean {
  const line = bytes.subarray(bytes.lastIndexOf('\n') + 1);
  return line.length > 0 && line.length < prefix.length && prefix.startsWith(line.toString('latin1'));
}

function announcementIn(line: string): Announcement | undefined {
  const [, name, does, why = ''] =
    /^sm-local: (debugpy|the Node inspector) (is listening|cannot be (?:imported|opened)|cannot listen)(.*)/.exec(line) ?? [];
  if (does === undefined) return undefined;
  const kind = name === debuggers.debugpy.says ? 'debugpy' : 'node';
  if (does === 'is listening') return { what: 'listening', kind };
  return { what: 'missing', why: `${name} ${does}${why}` };
}
