/** Where distributions and package managers put what others have written. */
const installed = new RegExp(
  [
    '/(?:site-packages|dist-packages|node_modules|gems|\\.cache|\\.git)/',
    '/lib/python[\\d.]+/',
    '/(?:go/pkg|R/(?:site-)?library|\\.(?:cargo|rustup|m2|gradle|ivy2|julia|npm|nvm|pyenv|rbenv))/',
    '/(?:mini|ana|mamba|micro)(?:conda|forge|mamba)[^/]*/',
    '^/(?:bin|sbin|lib(?:32|64|x32)?|etc|boot|var/(?:lib|cache|log))/',
    '^/usr/(?!local/(?:s?bin|src)/|src/|app/)',
    '^/opt/(?:conda|amazon|aws|nvidia|intel|venv)/',
  ].join('|'),
);

/** Whether a file is of a package rather than of whoever made the image. */
export const isOfOthers = (path: string): boolean => installed.test(path);
