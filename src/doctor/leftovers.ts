import { isAlive } from '../store/owner.ts';
import { listResources } from '../upkeep/resources.ts';
import { type Check, ok, warning } from './finding.ts';

export const leftoversCheck: Check = {
  name: 'leftovers',
  needs: ['home', 'engine'],
  async look({ emulator }) {
    const { engine, home } = emulator;
    const labels = { 'sm-local.home': home.path };
    const lists = await Promise.all([engine.containers.list(labels), engine.networks.list(labels), engine.volumes.list(labels)]);
    const owned = await Promise.all(lists.flat().map(({ labels: { 'sm-local.owner': owner } }) => isAlive(home, owner ?? '')));
    const things = owned.filter((isOwned) => !isOwned).length;
    const orphans = (await listResources(emulator)).resources.filter(({ isOrphan }) => isOrphan).map(({ name }) => name);
    const facts = { things, orphans };
    if (things === 0 && orphans.length === 0) return ok('nothing was left by processes that are gone', facts);
    const jobs = orphans.length === 0 ? '' : `, and ${orphans.join(', ')} without a process`;
    return warning(
      `${things} containers, networks and volumes of processes that are gone${jobs}`,
      'sm-local clean finishes what can be finished and removes the rest.',
      facts,
    );
  },
};
