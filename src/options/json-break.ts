/**
 * Where a text stops being JSON: the offset of the first token that cannot stand there, or of the end when it comes too early. Node's own
 * parser tells the offset of some mistakes only, and not of the commonest one, a comma too many. For texts that it has refused.
 */
export function jsonBreak(text: string): number {
  let at = 0;
  const take = (token: RegExp): boolean => {
    token.lastIndex = at;
    const found = token.exec(text);
    at += found?.[0].length ?? 0;
    return found !== null;
  };
  const list = (item: () => boolean, close: RegExp): boolean => {
    if (take(close)) return true;
    do {
      if (!item()) return false;
    } while (take(comma));
    return take(close);
  };
  const member = (): boolean => take(string) && take(colon) && value();
  const value = (): boolean => (take(brace) ? list(member, braceEnd) : take(bracket) ? list(value, bracketEnd) : take(scalar));

  take(blank);
  value();
  return at;
}

/** Each token with the blanks behind it, so that a break is at the token itself. */
const token = (source: string): RegExp => new RegExp(`(?:${source})[ \\t\\r\\n]*`, 'y');
const text = '"(?:[^"\\\\\\x00-\\x1f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"';
const blank = token('');
const string = token(text);
const scalar = token(`${text}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![\\w.])|true\\b|false\\b|null\\b`);
const [brace, braceEnd, bracket, bracketEnd] = [token('\\{'), token('\\}'), token('\\['), token('\\]')];
const [colon, comma] = [token(':'), token(',')];
