import { duration } from '../../units.ts';
import { type Check, type Finding, failed, passed, untested } from '../check.ts';
import type { SeenTerm } from '../evidence/program-watch.ts';
import { isShellProcess } from '../evidence/shells.ts';
import { slowly } from '../evidence/training-trials.ts';
import { sources } from '../sources.ts';

export const trainSigterm: Check = {
  name: 'train-sigterm',
  area: 'train',
  proves: 'the program hears SIGTERM, which is how jobs are stopped',
  severity: 'warning',
  needs: ['train-exit'],
  source: sources.trainingImage,
  async look({ training }) {
    const { trial } = await training.plain();
    const { term } = trial;
    if (trial.isHidden)
      return untested('The first process of the container cannot be looked at: the engine runs elsewhere, and the image has no cat.');
    if (term && term.heardAfter === undefined && trial.took > slowly) return deaf(term, trial.took);
    const stopped = await training.stopped();
    const seen = stopped.term ?? term;
    if (!seen) return untested(`It was over after ${duration(stopped.took)}, before anybody could look at it.`, moreToDo);
    if (stopped.isDeaf) return goesOn(seen);
    const heard = term?.heardAfter === undefined ? stopped.term : term;
    if (heard?.heardAfter === undefined) return deaf(seen, stopped.term ? stopped.took : trial.took);
    return passed(`${heard.last.program}, the first process, hears SIGTERM.`, { heardAfter: heard.heardAfter });
  },
};

const deaf = ({ last: { program, on } }: SeenTerm, took: number): Finding =>
  failed(
    `The first process of the container, ${program}, ${on === 'ignored' ? 'ignored SIGTERM' : 'had no handler for SIGTERM'} in all of its ${took.toFixed(1)} s${on === 'ignored' ? '' : ', and the kernel keeps it from a first process that has none'}. A job that is stopped runs on for 120 s, is then killed, and saves nothing more.`,
    { remedy: isShellProcess(program) ? ofShell : ofProgram },
    { program, on },
  );

const moreToDo = 'Give it more data, or more epochs: --hp epochs=100';

const goesOn = ({ last: { program } }: SeenTerm): Finding =>
  failed(
    `${program}, the first process of the container, caught SIGTERM and went on: as a first process it cannot end itself by a signal.`,
    {
      remedy: "Have a handler of your own: process.on('SIGTERM', () => { save(); process.exit(0); }).",
    },
  );

const ofShell =
  'The shell script waits for the program and passes no signal on: start the program with exec, and give that a handler. Or have it hand the signal on: trap \'kill -TERM "$child"\' TERM, with the program in the background, and wait for it.';
const ofProgram =
  'Handle SIGTERM: save what there is to /opt/ml/model or to the checkpoints, and exit. In Python: signal.signal(signal.SIGTERM, save_and_exit), before the libraries are loaded that take long. Where the language has no handlers, start it from a script that traps TERM and hands on a signal that it knows.';
