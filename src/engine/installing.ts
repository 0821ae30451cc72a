/** How people get a container engine on their system, in one sentence. */
export function howToInstall(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'None installed? brew install --cask docker-desktop, or: brew install colima docker && colima start';
  if (platform === 'win32') return 'None installed? winget install Docker.DockerDesktop, and run sm-local in WSL 2.';
  return 'None installed? Debian and Ubuntu: sudo apt-get install docker.io; Fedora: sudo dnf install podman && systemctl --user start podman.socket';
}
