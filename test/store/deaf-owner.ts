import { rename } from 'node:fs/promises';
import type { Home } from '../../src/store/home.ts';
import { ownerAddress } from '../../src/store/owner-address.ts';
import { type Place, placeSuffix } from '../../src/store/owner-place.ts';
import { Program } from './commands.ts';

/** The socket of a process that was killed, as an owner of another place: its id. */
export async function deafOwner(home: Home, place: Place): Promise<string> {
  const id = `4711-0123456789ab-${placeSuffix(place)}`;
  await using program = new Program('start-owner', [home.path]);
  const there = (await program.line()) ?? '';
  await program.kill('SIGKILL');
  await rename(ownerAddress(home, there), ownerAddress(home, id));
  return id;
}
