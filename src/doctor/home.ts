import { access, constants, stat } from 'node:fs/promises';
import { diskTrouble } from '../store/disk-trouble.ts';
import { listResources } from '../upkeep/resources.ts';
import { type Check, ok, warning } from './finding.ts';
import { spaceFinding } from './space.ts';

export const homeCheck: Check = {
  name: 'home',
  async look({ emulator }) {
    const { path } = emulator.home;
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK).catch((error) => {
      throw diskTrouble('write into', path, error);
    });
    const { resources, broken } = await listResources(emulator);
    const facts = { path, records: resources.length, broken: broken.map(({ message }) => message) };
    const [first] = broken;
    if (first) return warning(`${path}: ${first.message}`, first.remedy, facts);
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return warning(
        `${path} can be read by other users of this machine`,
        `It may hold data and credentials of jobs: chmod 700 ${path}`,
        facts,
      );
    }
    return ok(path, facts);
  },
};

export const homeSpaceCheck: Check = {
  name: 'disk of home',
  needs: ['home'],
  look: ({ emulator }) =>
    spaceFinding(emulator.home.path, 'sm-local clean --older-than 7d removes what is old; SM_LOCAL_HOME puts home elsewhere.'),
};
