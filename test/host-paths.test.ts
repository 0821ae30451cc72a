import assert from 'node:assert/strict';
import {
  absolutePath,
  expandHome,
  fileUri,
  inDockerDesktop,
  isAddress,
  isSamePath,
  looksLikePath,
  namedPipe,
  pathOfFileUri,
} from '../src/host-paths.ts';

describe('paths of', () => {
  it('Windows are told from images and addresses by drive letter, share and backslash', () => {
    for (const text of ['C:\\data', 'c:/data', 'D:', '\\\\server\\share', '.\\data', '..\\data', '~\\data', '/data'])
      assert.ok(looksLikePath(text, 'win32'), text);
    for (const text of ['my-image:1', 'registry:5000/my-image', 'iris-1']) assert.ok(!looksLikePath(text, 'win32'), text);
    for (const text of ['./data', '../data', '/data', '~/data', 'data/', 'my/data/']) assert.ok(looksLikePath(text, 'linux'), text);
    assert.ok(!looksLikePath('C:\\data', 'linux'), 'which is the name of a file there');
    for (const text of ['C:\\data', 'C:/data', 'c://data']) assert.ok(!isAddress(text), text);
    for (const text of ['s3://bucket', 'file:///C:/data', 'http://x']) assert.ok(isAddress(text), text);
  });

  it('the user’s own directory begin with ~ on every system', () => {
    assert.equal(expandHome('~/data', '/home/me', 'linux'), '/home/me/data');
    assert.equal(expandHome('~', '/home/me', 'linux'), '/home/me');
    assert.equal(expandHome('~other/data', '/home/me', 'linux'), '~other/data');
    assert.equal(expandHome('~\\data', 'C:\\Users\\me', 'win32'), 'C:\\Users\\me\\data');
    assert.equal(expandHome('~\\data', '/home/me', 'linux'), '~\\data');
  });

  it('any system become absolute, and keep the slash that means a directory', () => {
    const windows = { home: 'C:\\Users\\me', system: 'win32' } as const;
    assert.equal(absolutePath('data', 'C:\\work', windows), 'C:\\work\\data');
    assert.equal(absolutePath('D:\\data', 'C:\\work', windows), 'D:\\data');
    assert.equal(absolutePath('D:/data/', 'C:\\work', windows), 'D:\\data\\');
    assert.equal(absolutePath('\\\\server\\share\\data', 'C:\\work', windows), '\\\\server\\share\\data');
    assert.equal(absolutePath('~/data', 'C:\\work', windows), 'C:\\Users\\me\\data');
    assert.equal(absolutePath('/mnt/c/data/', '/work', { home: '/home/me', system: 'linux' }), '/mnt/c/data/');
  });

  it('files in addresses go both ways', () => {
    for (const [uri, path, system] of [
      ['file:///C:/my%20data', 'C:\\my data', 'win32'],
      ['file://server/share/data', '\\\\server\\share\\data', 'win32'],
      ['file:///srv/my%20data', '/srv/my data', 'linux'],
    ] as const) {
      assert.equal(pathOfFileUri(uri, system), path);
      assert.equal(fileUri(path, system), uri);
    }
    assert.throws(() => pathOfFileUri('file://server/share', 'linux'), TypeError);
    assert.throws(() => pathOfFileUri('file:///data', 'win32'), TypeError);
  });

  it('this machine have others in the virtual machine of Docker Desktop', () => {
    assert.equal(inDockerDesktop('C:\\Users\\me\\data', 'win32'), '/run/desktop/mnt/host/c/Users/me/data');
    assert.equal(inDockerDesktop('/mnt/d/data', 'linux'), '/run/desktop/mnt/host/d/data');
    assert.equal(inDockerDesktop('/mnt/c', 'linux'), '/run/desktop/mnt/host/c');
    assert.equal(inDockerDesktop('/home/me/data', 'linux'), undefined);
    assert.equal(inDockerDesktop('\\\\server\\share', 'win32'), undefined);
    assert.equal(inDockerDesktop('/Users/me/data', 'darwin'), '/host_mnt/Users/me/data');
    assert.equal(inDockerDesktop('/var/folders/x', 'darwin'), '/host_mnt/private/var/folders/x');
    assert.equal(inDockerDesktop('/variable', 'darwin'), '/host_mnt/variable');
  });

  it('one place may be written in several ways', () => {
    assert.ok(isSamePath('/var/folders/x', '/private/var/folders/X/', 'darwin'));
    assert.ok(isSamePath('/Users/me/Cafe\u0301', '/Users/me/caf\u00e9', 'darwin'), 'accents are stored in two ways');
    assert.ok(isSamePath('C:/Data', 'c:\\data\\', 'win32'));
    assert.ok(!isSamePath('/Data', '/data', 'linux'));
    assert.ok(isSamePath('/a/../data', '/data', 'linux'));
    assert.ok(isSamePath('/', '/', 'linux'));
  });

  it('pipes of Windows are addresses of engines', () => {
    assert.equal(namedPipe('\\\\.\\pipe\\docker_engine'), 'npipe:////./pipe/docker_engine');
    assert.equal(namedPipe('//./pipe/podman-machine-default'), 'npipe:////./pipe/podman-machine-default');
    assert.equal(namedPipe('/var/run/docker.sock'), undefined);
  });
});
