/** Directories that no image needs from the machine where it is built: each is made anew in it, or is not for it. */
const needless = ['node_modules', '.venv', '.git'];

/** Megabytes of one of them that are worth a word. */
const many = 50;

/**
 * To be told each file of a context that no .dockerignore has kept anything out of; says once what should be kept out. `entries`: all that is sent.
 */
export function needlessDirectories(
  directory: string,
  entries: readonly string[],
  onWarning: (message: string) => void,
): (path: string, bytes: number) => void {
  const sent = new Map(needless.filter((name) => entries.includes(name)).map((name) => [name, 0]));
  let isSaid = false;
  return (path, bytes) => {
    const name = path.slice(0, path.indexOf('/')); // of a file at the top nothing that is among them
    const before = sent.get(name);
    if (before === undefined || isSaid) return;
    sent.set(name, before + bytes);
    if (before + bytes <= many * 1_000_000) return;
    isSaid = true;
    const lines = [...sent.keys()].join(', ');
    onWarning(
      `${directory} is sent to the builder with ${name}, which is more than ${many} MB, as no .dockerignore keeps it out. Write into ${directory}/.dockerignore, a line each: ${lines}`,
    );
  };
}
