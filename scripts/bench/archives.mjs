// Archives of models, against tar with pigz and tar alone.

import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelData } from './data.mjs';
import { alternately, timed } from './measure.mjs';
import { client, programTime, using } from './processes.mjs';
import { need } from './programs.mjs';

/** `{ time, size }` of packing half noise, half text. */
export async function pack(workshop) {
  need('pigz');
  const model = await modelData(workshop, workshop.amounts.packMegabytes);
  const temporary = join(workshop.path, 'part');
  return await using(client('./packing.mjs'), ({ ask }) =>
    alternately(
      { ...roundsOf(workshop), cold: true }, // the files were written a moment ago, and a round takes long
      () => made(join(workshop.path, 'own.tar.gz'), (into) => ask({ model, into, temporary })),
      () =>
        made(join(workshop.path, 'other.tar.gz'), (path) => programTime('sh', ['-c', `tar -C "${model}" -cf - . | pigz -6 > "${path}"`])),
    ),
  );
}

async function made(path, make) {
  const time = await make(path);
  const { size } = await stat(path);
  await rm(path);
  return { time, size: size / 1e6 };
}

/** An archive of one member of gzip, as everybody else makes them. */
export async function unpack(workshop) {
  need('pigz');
  const { unpackArchive } = await import('../../dist/src/store/unpack.js');
  const model = await modelData(workshop, workshop.amounts.unpackMegabytes);
  const archive = join(workshop.path, 'model.tar.gz');
  await programTime('sh', ['-c', `tar -C "${model}" -cf - . | pigz -1 > "${archive}"`]);
  const [own, other] = [join(workshop.path, 'unpacked'), join(workshop.path, 'untarred')];
  const found = await alternately(
    roundsOf(workshop),
    () => emptied(own, () => timed(() => unpackArchive(archive, own))),
    () => emptied(other, () => programTime('sh', ['-c', `mkdir "${other}" && tar -xzf "${archive}" -C "${other}"`])),
  );
  await rm(archive);
  return found;
}

async function emptied(directory, make) {
  const time = await make();
  await rm(directory, { recursive: true });
  return time;
}

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.heavy, signal });
