import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { build, read, root } from './manifests.mjs';

const work = mkdtempSync(join(tmpdir(), 'cimd-image-'));
after(() => rmSync(work, { recursive: true }));

const programs = ['cimd-gateway', 'cimd-server', 'cimdctl'];

function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

function packagesFor(mode) {
  return run('deploy/install-packages', mode, '--list').trim().split('\n');
}

// The stages of the Dockerfile: each a list of [instruction, argument].
function stagesOf(dockerfile) {
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#')).join('\n').replaceAll(/\\\n\s*/g, '')
    .split('\n').filter((line) => line !== '');
  const stages = [];
  for (const line of lines) {
    const [, instruction, argument] = /^([A-Z]+) (.+)$/.exec(line);
    if (instruction === 'FROM') stages.push([]);
    stages.at(-1).push([instruction, argument]);
  }
  return stages;
}

test('the Dockerfile builds in one stage and runs in another', () => {
  const [first, last, ...more] = stagesOf(read('deploy/Dockerfile'));
  assert.deepEqual(more, []);
  assert.deepEqual([first[0][1], last[0][1]], ['debian:12-slim AS build', 'debian:12-slim']);
  assert.ok(first.some(([instruction, argument]) => instruction === 'RUN' && argument === 'install-packages --build'));
  assert.ok(last.some(([instruction, argument]) => instruction === 'RUN' && / \S*install-packages --runtime( |$)/.test(argument)));
  // Packages come from install-packages only, whose list is checked below.
  assert.doesNotMatch(read('deploy/Dockerfile'), /apt-get|^ADD /m);
});

test('the image runs as a user who is not root, known by number', () => {
  const last = stagesOf(read('deploy/Dockerfile')).at(-1);
  const user = last.findIndex(([instruction]) => instruction === 'USER');
  const [id, group] = last[user][1].split(':').map(Number);
  assert.ok(id >= 10000 && group >= 10000);
  assert.ok(last.slice(user).every(([instruction]) => !['RUN', 'COPY'].includes(instruction)));
});

test('what .dockerignore lets through is enough to build', () => {
  const [everything, ...let_through] = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(everything, '*');
  const context = join(work, 'context');
  for (const entry of let_through) {
    assert.match(entry, /^![\w./-]+$/);
    mkdirSync(dirname(join(context, entry.slice(1))), { recursive: true });
    cpSync(join(root, entry.slice(1)), join(context, entry.slice(1)), { recursive: true });
  }
  const { PATH, HOME } = process.env;
  execFileSync('cmake', ['--preset', 'release', '-DBUILD_TESTING=OFF'], { cwd: context, env: { PATH, HOME }, stdio: 'pipe' });
});

test('the installed tree is the three programs, with the libraries that the image has, and the image has no others', () => {
  const prefix = join(work, 'installed');
  run('cmake', '--install', build, '--prefix', prefix);
  assert.deepEqual(readdirSync(prefix), ['bin']);
  assert.deepEqual(readdirSync(join(prefix, 'bin')).sort(), programs);

  const needed = new Map();
  for (const program of programs) {
    const path = join(prefix, 'bin', program);
    const dynamic = run('readelf', '--dynamic', '--wide', path);
    assert.doesNotMatch(dynamic, /R(UN)?PATH/, program);
    const where = new Map([...run('ldd', path).matchAll(/^\t(\S+) => (\S+)/gm)].map(([, name, file]) => [name, file]));
    for (const [, library] of dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
      // A build with sanitizers needs their libraries, which do not ship.
      if (!/^lib(asan|ubsan|tsan)\./.test(library) && !library.startsWith('ld-linux')) needed.set(library, where.get(library));
    }
  }
  const packages = new Set([...needed].map(([library, file]) => {
    assert.ok(file, library);
    // dpkg may know the file by its path from before /lib became a link to /usr/lib.
    const path = file.replace(/^\/usr/, '');
    return run('sh', '-c', 'dpkg-query --search "$1" || dpkg-query --search "/usr$1"', 'sh', path).split(':')[0];
  }));
  // Every image of Debian has these, because apt needs them.
  for (const name of ['libc6', 'libgcc-s1', 'libstdc++6']) packages.delete(name);
  assert.deepEqual([...packages].sort(), packagesFor('--runtime').filter((name) => name !== 'ca-certificates').sort());
});

test('building takes what the tests are built with, less the tests\' libraries', () => {
  const all = run('deploy/install-packages', '--list').trim().split('\n');
  assert.deepEqual(all.filter((name) => !packagesFor('--build').includes(name)), ['libgtest-dev', 'libgmock-dev']);
  assert.throws(() => run('deploy/install-packages', '--everything'));
});
