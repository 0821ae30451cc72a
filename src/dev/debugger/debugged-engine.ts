import type { ContainerSpec, CreatedContainer, Engine } from '../../engine/engine.ts';
import { withCreate, withParts } from '../../engine/with-parts.ts';
import type { DebuggedProgram } from './debugged-program.ts';

export interface Debugging {
  /** The container as it is created in place of the one that was asked for. */
  readonly prepare: (spec: ContainerSpec) => Promise<ContainerSpec>;
  /** Follows the program in it. */
  readonly program: (spec: ContainerSpec) => DebuggedProgram;
}

/** An engine on which the hosts of jobs and the instances of endpoints have a debugger in them. All else is as it is without. */
export function debuggedEngine(engine: Engine, debugging: Debugging): Engine {
  const { containers } = engine;
  const create = async (spec: ContainerSpec): Promise<CreatedContainer> => {
    if (!runsProgram(spec)) return await containers.create(spec);
    return debuggedContainer(await containers.create(await debugging.prepare(spec)), () => debugging.program(spec));
  };
  return withParts(engine, { containers: withCreate(containers, create) });
}

/** The contract gives those a host name that run an image's program. */
const runsProgram = ({ labels, hostname }: ContainerSpec): boolean => labels['sm-local.host'] !== undefined && hostname !== undefined;

function debuggedContainer(created: CreatedContainer, follow: () => DebuggedProgram): CreatedContainer {
  const program = { now: undefined as DebuggedProgram | undefined };
  const followed = (): DebuggedProgram => {
    program.now ??= follow();
    return program.now;
  };
  return {
    id: created.id,
    putArchive: (path, tar) => created.putArchive(path, tar),
    getArchive: (path) => created.getArchive(path),
    inspect: () => created.inspect(),
    changes: () => created.changes(),
    remove: () => created.remove(),
    attach: (onOutput) =>
      created.attach((output) => {
        onOutput(output);
        followed().output(output);
      }),
    async start() {
      const started = await created.start();
      followed().started(started);
      return started;
    },
  };
}
