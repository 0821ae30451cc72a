import { fail } from '../errors.ts';
import type { SourceCode, SourceCodePlace } from '../store/source-code.ts';
import type { TrainValues } from './train-options.ts';

type CodeValues = Pick<TrainValues, 'source-dir' | 'entry-point'>;

interface CodeReader extends Required<Pick<SourceCodePlace, 'cwd' | 'purpose'>> {
  readonly onWarning: (message: string) => void;
}

/** What `--source-dir` and `--entry-point` name. Errors: WrongUsage, those of `readSourceCode`. */
export async function sourceCode(
  { 'source-dir': directory, 'entry-point': entryPoint }: CodeValues,
  { onWarning, ...reader }: CodeReader,
  signal: AbortSignal,
): Promise<SourceCode | undefined> {
  if (entryPoint === undefined) {
    if (directory === undefined) return undefined;
    throw fail('WrongUsage', {
      message: `--source-dir ${directory}: nothing says which file of it is the program.`,
      remedy: `Add --entry-point ${reader.purpose === 'training' ? 'train.py' : 'inference.py'}, its path in that directory.`,
    });
  }
  const { readSourceCode } = await import('../store/source-code.ts');
  return await readSourceCode({ ...(directory !== undefined && { directory }), entryPoint, ...reader }, onWarning, signal);
}
