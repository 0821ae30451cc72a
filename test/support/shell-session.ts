import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** An interactive shell in a terminal of the test's own. */
export interface ShellSession extends AsyncDisposable {
  /** Types a text, and resolves when what the shell has printed since then matches. Rejects when that takes longer than anybody would wait. */
  type(text: string, until: RegExp): Promise<string>;
}

const commands = { bash: 'bash --norc --noprofile -i', zsh: 'zsh -f -i', fish: 'fish --no-config -i' } as const;
export type ShellName = keyof typeof commands;

export function openShell(shell: ShellName, place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): ShellSession {
  const terminal = shell === 'fish' ? 'xterm' : 'dumb';
  const child = spawn('script', ['--quiet', '--return', '--command', `stty columns 200 rows 50; ${commands[shell]}`, '/dev/null'], {
    cwd: place.cwd,
    // Shells write their history when they end, into a directory that the test is about to remove.
    env: { ...place.env, PS1: '> ', TERM: terminal, HISTFILE: '/dev/null', fish_history: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  const changed = new EventTarget();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk;
    changed.dispatchEvent(new Event('change'));
  });
  return {
    type(text, until) {
      seen = '';
      child.stdin.write(text);
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`${shell} did not show ${until} after ${JSON.stringify(text)}, but:\n${seen}`)),
          15_000,
        );
        const look = (): void => {
          const shown = plainText(seen);
          if (!until.test(shown)) return;
          clearTimeout(late);
          changed.removeEventListener('change', look);
          resolve(shown);
        };
        changed.addEventListener('change', look);
        look();
      });
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGKILL'); // its terminal is gone then, and so is the shell
      await ended;
    },
  };
}

/** Without colours and movements of the cursor. */
const plainText = (bytes: string): string => bytes.replaceAll(escapes, '');
const escapes = new RegExp(`${String.fromCharCode(27)}(\\[[0-9;?<>=]*[ -/]*[@-~]|[()][A-Z0-9]|[=>]|\\][^\\u0007]*\\u0007)`, 'g');
