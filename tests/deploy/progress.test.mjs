// deploy/progress, on what ninja and ctest print.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './manifests.mjs';

function progress(script) {
  const { status, stdout } = spawnSync(join(root, 'deploy/progress'), ['Building', 'sh', '-c', script], { encoding: 'utf8' });
  return { status, lines: stdout.split('\n').slice(0, -1).map((line) => line.replace(/, \d+:\d\d min$/, ', T')) };
}

test('away from a terminal, ninja\'s steps become a line at each 10 %', () => {
  const { status, lines } = progress('for i in $(seq 200); do echo "[$i/200] Building CXX object $i.o"; done');
  assert.equal(status, 0);
  assert.deepEqual(lines, Array.from({ length: 10 }, (_, i) => `Building: ${20 * (i + 1)} of 200 (${10 * (i + 1)} %), T`));
});

test('errors are passed on, and so is the exit status', () => {
  const { status, lines } = progress('echo "[1/20] Building a.o"; echo "FAILED: a.o"; echo "a.cc:1: error: no" >&2; exit 3');
  assert.equal(status, 3);
  assert.deepEqual(lines, ['FAILED: a.o', 'a.cc:1: error: no']);
});

test('passed tests are counted, others are shown', () => {
  const { status, lines } = progress(`cat << END
Test project /somewhere
      Start  1: A.B
 1/4 Test  #1: A.B ..................   Passed    0.01 sec
      Start  2: A.C
 2/4 Test  #2: A.C ..................***Failed    0.01 sec
expected 1
 3/4 Test  #3: A.D ..................***Skipped   0.01 sec
 4/4 Test  #4: A.E ..................   Passed    0.01 sec
25% tests failed
END`);
  assert.equal(status, 0);
  assert.deepEqual(lines, [
    'Building: 1 of 4 (25 %), T',
    ' 2/4 Test  #2: A.C ..................***Failed    0.01 sec',
    'Building: 2 of 4 (50 %), T',
    'expected 1',
    ' 3/4 Test  #3: A.D ..................***Skipped   0.01 sec',
    'Building: 3 of 4 (75 %), T',
    'Building: 4 of 4 (100 %), T',
    '25% tests failed',
  ]);
});
