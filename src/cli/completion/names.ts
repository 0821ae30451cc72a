import { homedir } from 'node:os';
import { contractDefaults } from '../../contract/names.ts';
import { absolutePath } from '../../host-paths.ts';
import type { OptionName } from '../../options/options.ts';
import { valuesOf } from '../../options/values.ts';
import { findProject, namedProject } from '../../project/find.ts';
import { defaultHome, recordsPath } from '../../store/home.ts';
import { Records } from '../../store/records.ts';
import type { DefinitionKind, Kind } from '../../upkeep/kinds.ts';
import type { CommandName } from '../command-table.ts';
import type { Io } from '../io.ts';
import type { Line } from './spot.ts';

/** Names of what there is of a kind, as the records of the home have it. No engine is asked, and no home is made. */
export type Names = (kind: Kind | DefinitionKind, which?: 'all' | 'not over') => Promise<readonly string[]>;

const placeOptions = ['home', 'account', 'region'] as const satisfies readonly OptionName[];

/** Those of the home that the command would use: of the line, the environment or the project file. */
export const namesFor =
  (command: CommandName, given: Line['given'], io: Io): Names =>
  async (kind, which = 'all') => {
    const fromProject = await projectOptions(command, given.project, io);
    const { home, account, region } = valuesOf(placeOptions, { ...fromProject, ...given }, io.env);
    const path = home === undefined ? defaultHome() : absolutePath(home, io.cwd);
    const of = { account: account ?? contractDefaults.account, region: region ?? contractDefaults.region };
    const isDefault = of.account === contractDefaults.account && of.region === contractDefaults.region;
    const records = new Records<{ readonly endTime?: string }>({ records: recordsPath(path, isDefault ? undefined : of) }, kind);
    if (which === 'all') return records.names();
    const { records: found } = await records.list();
    return found.flatMap(({ name, value }) => (value.endTime === undefined ? [name] : []));
  };

async function projectOptions(command: CommandName, flag: string | undefined, io: Io): Promise<object> {
  const named = flag ?? (io.env.SM_LOCAL_PROJECT || undefined);
  if (named === 'none') return {};
  const found =
    named === undefined
      ? findProject({ cwd: io.cwd, home: io.env.HOME ?? homedir(), user: process.getuid?.() })
      : { path: namedProject(named, { cwd: io.cwd, what: 'project' }), isForeign: false };
  if (!found || found.isForeign) return {};
  const { readProject } = await import('../../project/read.ts');
  const project = await readProject(found.path, { cwd: io.cwd });
  return project.given(command, placeOptions).given;
}
