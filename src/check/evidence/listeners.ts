import type { Engine, StartedContainer } from '../../engine/engine.ts';
import { firstProcess } from './first-process.ts';

/** A TCP port on which something in a container accepts connections. */
export interface Listener {
  /** As people write it: `0.0.0.0`, `127.0.0.1`, `::`, `::1`. */
  readonly address: string;
  readonly port: number;
}

/** Of the container's own network, asked now; undefined when it has ended, or there is no way to look. */
export async function listenersOf(engine: Engine, container: StartedContainer): Promise<readonly Listener[] | undefined> {
  const files = await firstProcess(engine, container);
  const tables = [await files('net/tcp'), await files('net/tcp6')]; // without IPv6 there is no second one
  return tables[0] === undefined ? undefined : tables.flatMap((table) => readListeners(table ?? ''));
}

/** From the text of `/proc/<pid>/net/tcp` or `tcp6`. Source: the kernel's Documentation/networking/proc_net_tcp.rst. */
export function readListeners(table: string): readonly Listener[] {
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([, local = '', , state]) => {
    const [address = '', port = ''] = local.split(':');
    return state === listening ? [{ address: addressOf(address), port: Number.parseInt(port, 16) }] : [];
  });
}

const listening = '0A';

/** Words of four bytes, each in the order of the machine; all that Docker runs on count from the lowest. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return bytes.slice(12).join('.');
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1); // shortens it as is usual
}
