import { isIPv4 } from 'node:net';
import type { Engine, StartedContainer } from '../../engine/engine.ts';
import { firstProcess } from './first-process.ts';

/** A TCP socket of a container that waits for connections. */
export interface Listener {
  /** As people write it: `0.0.0.0`, `127.0.0.1`, `::`. */
  readonly address: string;
  readonly port: number;
}

/** All of them, now; undefined when the container has ended, or there is no way to look. */
export async function listenersOf(engine: Engine, container: StartedContainer): Promise<readonly Listener[] | undefined> {
  const file = await firstProcess(engine, container);
  const [four, six] = await Promise.all([file('net/tcp'), file('net/tcp6')]); // a kernel without IPv6 has no second one
  return four === undefined ? undefined : [...readListeners(four), ...readListeners(six ?? '')];
}

/** From the text of `/proc/net/tcp` or `tcp6`. Source: proc_pid_net(5), the kernel's Documentation/networking/proc_net_tcp.rst. */
export function readListeners(table: string): readonly Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, address = '', port = '', state] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /.exec(line) ?? [];
    return state === listening ? [{ address: readAddress(address), port: Number.parseInt(port, 16) }] : [];
  });
}

/** TCP_LISTEN of the kernel. */
const listening = '0A';

/** Whether nobody outside the container reaches it. */
export const isLoopback = ({ address }: Listener): boolean => address.startsWith('127.') || address === '::1';

/** Words of four bytes each, in the order of a little-endian processor, as those of SageMaker's instances are. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  const dotted = bytes.slice(-4).join('.');
  if (bytes.length === 4) return dotted;
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && isIPv4(dotted)) return dotted; // IPv4 in IPv6's clothes
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16));
  return shortened(groups.join(':'));
}

/** The longest run of zeros left out, as far as the two addresses go that matter here. */
const shortened = (address: string): string => address.replace(/^(0:)+0$/, '::').replace(/^(0:)+/, '::');
