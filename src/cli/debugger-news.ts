import { debuggers } from '../dev/debugger/announcements.ts';
import type { DebuggerEvent } from '../dev/debugger/debugged-program.ts';
import { type Io, style } from './io.ts';
import { jsonTeller } from './json-lines.ts';

/** Tells a person, or with `isJson` a program, where to attach, and whether time limits hold. */
export function showDebugger(io: Io, isJson: boolean): (event: DebuggerEvent) => void {
  if (isJson) {
    const tell = jsonTeller(io);
    return (event) => void tell(event);
  }
  const { bold, yellow } = style(io.color);
  return (event) => void io.err.write(`${debuggerLine(event, { bold, yellow })}\n`);
}

type Style = Pick<ReturnType<typeof style>, 'bold' | 'yellow'>;

export function debuggerLine(event: DebuggerEvent, { bold, yellow }: Style): string {
  const { of } = event;
  switch (event.what) {
    case 'listening': {
      const waits = event.isWaiting ? `, which waits for you: time limits are lifted` : '';
      return `${bold(`Debugger: attach to ${event.address}`)} (${debuggers[event.kind].says}, ${of})${waits}`;
    }
    case 'attached':
      return `Debugger attached to ${of}: time limits are lifted.`;
    case 'detached':
      return `Debugger detached from ${of}: time limits ${event.limits === 'hold' ? 'hold again' : 'stay lifted, for another one'}.`;
    default:
      return yellow(`Warning: ${absent(event.after)} in ${of}. ${reasons}`);
  }
}

const absent = (after: number | undefined): string =>
  after === undefined ? 'No debugger has come up' : `After ${after} s no debugger has come up`;

const reasons = 'There is one for Python, unless it runs with -I, -E or -S, and for Node: does the program do something else first?';
