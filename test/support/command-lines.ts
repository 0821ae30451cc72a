/** The command lines of `sm-local` in a shell program, each as its words; what the shell would put in for `$(…)` and variables stays as it is written. */
export function commandLines(program: string): readonly (readonly string[])[] {
  const joined = program.replaceAll('\\\n', ' ');
  return [...joined.matchAll(/(?<=^|[\s("|&;])(?:npx (?:--no-install )?)?sm-local(?= |$)/gm)]
    .filter(
      ({ index }) =>
        !/(?:^|\s)#/.test(lineBefore(joined, index)) && !/\b(?:npm|cd|mkdir|command -v)\b[^|;&]*$/.test(lineBefore(joined, index)),
    )
    .map(({ index, 0: found }) => wordsOf(joined.slice(index + found.length)));
}

const lineBefore = (text: string, index: number): string => text.slice(text.lastIndexOf('\n', index - 1) + 1, index);

const token =
  /(?<space>[ \t]+)|'(?<single>[^']*)'|"(?<double>(?:\\.|\$\([^)]*\)|[^"\\])*)"|(?<given>\$\([^)]*\)|<[\w -]+>)|(?<plain>[^\s'"|;&)<>]+)/y;

/** Up to where the command ends: the line, a pipe, a comment, a redirection. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  const end = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  token.lastIndex = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const { space, single, double, given, plain } = found.groups ?? {};
    if (space !== undefined) end();
    else if (word === undefined && plain?.startsWith('#')) break;
    else word = (word ?? '') + (single ?? double ?? given ?? plain ?? '');
  }
  end();
  return words;
}
