import { isError, type SmLocalError } from '../errors.ts';
import { addressCheck } from './addresses.ts';
import { engineCheck, engineVersionCheck } from './engine.ts';
import { fileSharingCheck } from './file-sharing.ts';
import { type Check, type Finding, type Patient, untested } from './finding.ts';
import { gpuCheck } from './gpus.ts';
import { homeCheck, homeSpaceCheck } from './home.ts';
import { leftoversCheck } from './leftovers.ts';
import { memoryCheck } from './memory.ts';
import { nodeCheck } from './node.ts';
import { platformCheck } from './platform.ts';
import { apiPortCheck, servePortCheck } from './ports.ts';
import { engineSpaceCheck } from './space.ts';

/** Everything that is looked at, in the order in which it is told. */
export const checks: readonly Check[] = [
  nodeCheck,
  homeCheck,
  homeSpaceCheck,
  engineCheck,
  engineVersionCheck,
  engineSpaceCheck,
  memoryCheck,
  platformCheck,
  fileSharingCheck,
  addressCheck,
  gpuCheck,
  servePortCheck,
  apiPortCheck,
  leftoversCheck,
];

export type Named = Finding & { readonly check: string };

/** Looks at everything, one after the other, and yields each finding as it is there. Trouble is a finding, also what is known before. */
export async function* examine(
  patient: Patient,
  troubles: ReadonlyMap<string, SmLocalError> = new Map(),
  list: readonly Check[] = checks,
): AsyncGenerator<Named> {
  const failed = new Set<string>();
  for (const check of list) {
    patient.signal.throwIfAborted();
    const known = troubles.get(check.name);
    const reason = check.needs?.find((name) => failed.has(name));
    const finding = known ? asProblem(known) : reason ? untested(`because of: ${reason}`) : await lookedAt(check, patient);
    if (finding.state === 'problem' || finding.state === 'untested') failed.add(check.name);
    yield { check: check.name, ...finding };
  }
}

async function lookedAt(check: Check, patient: Patient): Promise<Finding> {
  try {
    return await check.look(patient);
  } catch (error) {
    patient.signal.throwIfAborted();
    if (!isError(error)) throw error;
    return asProblem(error);
  }
}

/** An error of the catalogue has the words and the way out. */
const asProblem = ({ code, message, remedy }: SmLocalError): Finding => ({ state: 'problem', text: message, remedy, facts: { code } });
