import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { diskTrouble } from './disk-trouble.ts';
import { LineSplitter } from './log-lines.ts';
import { type LogLine, LogReader, type LogStream } from './log-reader.ts';

export { type LogLine, type LogStream, readLog, tail } from './log-reader.ts';

/**
 * The log of one container: a file of lines `<epoch-ms> <o|e> <text>`, which its readers follow at a pace of their own. Taking output never
 * waits for any of them: a container whose output is not taken stands still.
 */
export class LogFile implements AsyncDisposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  readonly #listeners = new Set<(line: LogLine) => void>();
  #pending = '';
  #size: number;
  #wake = Promise.withResolvers ...
