import { examine, type Named } from '../doctor/doctor.ts';
import { admit } from '../doctor/patient.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { DoctorValues } from '../options/doctor-options.ts';
import { counted } from '../units.ts';
import { whileBusy } from './busy.ts';
import { type Io, resultStyle } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { catchInterrupts, codeOfInterruption } from './signals.ts';

/** `sm-local doctor`: a finding a line on stdout. Returns the exit code: 3 when something will not work. */
export async function doctor(values: DoctorValues, io: Io): Promise<number> {
  await using admission = await admit(emulatorOptions(values, io));
  const { emulator, troubles } = admission;
  using interrupts = catchInterrupts();
  const found: Named[] = [];
  try {
    const findings = examine({ emulator, env: io.env, signal: interrupts.stop }, troubles)[Symbol.asyncIterator]();
    for (;;) {
      const { value: finding, done } = await whileBusy(io, { what: 'Looking at the next thing', json: values.json }, () => findings.next());
      if (done || !finding) break;
      found.push(finding);
      if (!values.json) await io.out.write(lineOf(finding, io));
    }
  } catch (error) {
    return codeOfInterruption(error, interrupts);
  }
  const isWell = found.every(({ state }) => state !== 'problem');
  if (values.json) await jsonLine(io, { event: 'result', isWell, findings: found });
  else await io.out.write(`\n${conclusion(found)}\n`);
  return isWell ? 0 : 3;
}

const marks = { ok: 'ok', warning: 'warning', problem: 'problem', untested: 'not tested' } as const;
const markWidth = 10;
const nameWidth = 22;

function lineOf(finding: Named, io: Io): string {
  const { green, yellow, red, dim } = resultStyle(io);
  const { check, state, text } = finding;
  const paint = { ok: green, warning: yellow, problem: red, untested: dim }[state];
  const indent = ' '.repeat(markWidth + 1);
  const remedy = 'remedy' in finding ? `\n${indent}${' '.repeat(nameWidth)} ${dim(`→ ${finding.remedy}`)}` : '';
  return `${paint(marks[state].padEnd(markWidth))} ${check.padEnd(nameWidth)} ${text}${remedy}\n`;
}

function conclusion(found: readonly Named[]): string {
  const count = (wanted: Named['state']): number => found.filter(({ state }) => state === wanted).length;
  const [problems, warnings, untold] = [count('problem'), count('warning'), count('untested')];
  if (problems === 0 && warnings === 0 && untold === 0) return 'Everything is as it should be.';
  return `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}, ${untold} not tested.`;
}
