import type { FinishedRun, RunNews, TrainingNews, TrainingWish } from '../dev/watched-training.ts';
import type { JobEvent } from '../jobs/events.ts';
import { type Io, resultStyle, style, troubleOf } from './io.ts';
import { humanPrinter, jsonPrinter } from './job-printer.ts';
import { jsonTeller } from './json-lines.ts';
import { reportError } from './report-error.ts';
import { comparisonEvent, comparisonText } from './run-comparison.ts';
import { followTraining, type StopNews, watching } from './stop-news.ts';
import { shortPath, trainingSummary } from './train-summary.ts';

export interface HumanNewsOptions {
  readonly stopNews: StopNews;
  /** What to type to use the same image again. */
  readonly imageName: string;
  /** Whether lines of containers are to be seen now. */
  readonly showsLogs: () => boolean;
  /** What to do when nothing runs. */
  readonly hint: string;
}

/** How a watched job goes, for people. */
export function humanTrainingNews(io: Io, { stopNews, imageName, showsLogs, hint }: HumanNewsOptions): TrainingNews {
  const { bold, dim, cyan, yellow } = style(io.color);
  const say = (text: string): void => void io.err.write(`${text}\n`);
  const names = (files: readonly string[]): string => {
    const shown = files.slice(0, 3).map((file) => shortPath(file, io.cwd).replace(/^\.\//, ''));
    return `${shown.join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`;
  };
  return {
    begins(wish) {
      say(`\n${cyan('↻')} ${bold(wish.why === 'changed' ? names(wish.files) : keyTexts[wish.why])}${dim(follows(wish))}`);
      if (wish.why === 'changed' && wish.update.kind === 'patch') for (const note of wish.update.notes) say(yellow(`Warning: ${note}.`));
    },
    ignored: (files) => say(dim(`${names(files)}: nothing of the image is made of it.`)),
    waiting() {
      stopNews.enter(watching);
      say(`\n${hint}`);
    },
    failed: async (error) => void (await reportTrouble(error, io)),
    run: () => humanRun(io, { stopNews, imageName, showsLogs }),
  };
}

const keyTexts = { rebuild: 'The image is built anew', again: 'Once more, as it is' } as const;

/** What is done about a change. */
function follows(wish: TrainingWish): string {
  if (wish.why !== 'changed') return '';
  switch (wish.update.kind) {
    case 'patch':
      return ' → laid over the image';
    case 'code':
      return ' → delivered anew';
    case 'build':
      return ` → image built anew: ${wish.update.why}`;
  }
}

function humanRun(io: Io, { stopNews, imageName, showsLogs }: Pick<HumanNewsOptions, 'stopNews' | 'imageName' | 'showsLogs'>): RunNews {
  const printer = humanPrinter(io, showsLogs);
  const { bold, dim } = resultStyle(io);
  let isOvertaken = false;
  return {
    event(event: JobEvent) {
      if (isOvertaken) return; // its end is nobody's concern
      printer.event(event);
      followTraining(stopNews, event);
    },
    log: printer.log,
    overtaken() {
      isOvertaken = true;
      io.err.showLast?.(undefined);
      void io.err.write(`${style(io.color).yellow('A change has overtaken this run, which is ended; nothing of it is kept.')}\n`);
    },
    discarded: () => printer.drained(),
    async over({ record, plan }: FinishedRun, before: FinishedRun | undefined) {
      await printer.drained();
      const summary = await trainingSummary(record, imageName, plan.proxies, io);
      const beside = before ? comparisonText(record, before.record, { bold, dim }) : '';
      await io.out.write(`${summary}${beside}`);
    },
    async failed(error) {
      await printer.drained();
      io.err.showLast?.(undefined);
      await reportTrouble(error, io);
    },
  };
}

/** Told also where it is to be quiet; and the command goes on. */
const reportTrouble = (error: unknown, io: Io): Promise<number> =>
  reportError(error, { ...io, err: troubleOf(io) }, { json: false, verbose: io.level === 'verbose' });

/** The same as JSON lines. */
export function jsonTrainingNews(io: Io, stopNews: StopNews): TrainingNews {
  const tell = jsonTeller(io, ['run']);
  return {
    begins: (wish) => void tell(changeEvent(wish)),
    ignored() {},
    waiting() {
      stopNews.enter(watching);
      void tell({ event: 'waiting' });
    },
    failed: async (error) => void (await reportError(error, io, { json: true, verbose: false })),
    run() {
      const printer = jsonPrinter(io);
      let isOvertaken = false;
      return {
        event(event) {
          printer.event(event);
          if (!isOvertaken) followTraining(stopNews, event);
        },
        log: printer.log,
        overtaken() {
          isOvertaken = true;
        },
        async discarded(name) {
          await printer.drained();
          await tell({ event: 'run', ...(name !== undefined && { name }), status: 'Overtaken' });
        },
        async over({ record }, before) {
          await printer.drained();
          await tell(comparisonEvent(record, before?.record));
        },
        async failed(error) {
          await printer.drained();
          await reportError(error, io, { json: true, verbose: false });
        },
      };
    },
  };
}

function changeEvent(wish: TrainingWish) {
  if (wish.why === 'again') return { event: 'change', files: [], action: 'again' } as const;
  const { update } = wish;
  const action = {
    action: update.kind,
    ...(update.kind === 'build' && { why: update.why }),
    ...(update.kind === 'patch' && { notes: update.notes }),
  };
  return { event: 'change', files: wish.why === 'changed' ? wish.files : [], ...action };
}
