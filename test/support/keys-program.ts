import { processIo } from '../../src/cli/io.ts';
import { listenToKeys } from '../../src/cli/keys.ts';

/** Listens to keys until q, or two SIGINTs. `crash`: throws when it is told to. */
const io = processIo();
const say = (text: string): void => void io.err.write(`${text}\n`);
const waiting = setInterval(() => {}, 1000);
const keys = listenToKeys(
  [
    { key: 'a', does: 'act', press: () => say('acted') },
    {
      key: 'c',
      does: 'crash',
      press: () => {
        throw new Error('as asked');
      },
    },
    { key: 'q', does: 'quit', press: () => quit() },
  ],
  io,
);
const quit = (): void => {
  keys[Symbol.dispose]();
  clearInterval(waiting);
  say('quitting');
};
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  say(`interrupt ${interrupts}`);
  if (interrupts === 2) quit();
});
say('begun');
